//! The options of `dvs.rpc.v1` on a method, as Rust code.

use prost_reflect::{Kind, MethodDescriptor};

/// Who may call a method. A method whose contract does not say stops the build.
pub(crate) fn access(contract: &MethodDescriptor) -> String {
    let full_name = contract.full_name();
    let said = |option: &str| {
        let extension = contract.parent_pool().get_extension_by_name(option)?;
        let value = contract.options().get_extension(&extension).as_enum_number()?;
        let Kind::Enum(names) = extension.kind() else {
            return None;
        };
        names.get_value(value).map(|value| value.name().to_owned())
    };
    let access = said("dvs.rpc.v1.access").unwrap_or_default();
    let permission = said("dvs.rpc.v1.permission").unwrap_or_default();
    let permission = match permission.strip_prefix("PERMISSION_") {
        None | Some("UNSPECIFIED") => None,
        Some(name) => Some(format!("rpc::Permission::{}", camel_case(name))),
    };
    match (access.strip_prefix("ACCESS_"), permission) {
        (Some(name @ ("PUBLIC" | "CUSTOMER" | "SERVICE")), None) => format!("rpc::Access::{}", camel_case(name)),
        (Some(name @ ("STAFF" | "CUSTOMER_OR_STAFF")), Some(permission)) => {
            format!("rpc::Access::{}({permission})", camel_case(name))
        }
        _ => panic!("{full_name}: write its dvs.rpc.v1.access option, and a permission where staff may call it"),
    }
}

/// `CUSTOMER_OR_STAFF` as the name of a type: `CustomerOrStaff`.
fn camel_case(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let (first, rest) = word.split_at(1);
            [first.to_owned(), rest.to_lowercase()]
        })
        .collect()
}

/// The largest answer of a method: the default, unless its contract states another.
pub(crate) fn answer_limit(contract: &MethodDescriptor) -> String {
    let extension = contract
        .parent_pool()
        .get_extension_by_name("dvs.rpc.v1.answer_limit_bytes");
    let said = extension.and_then(|extension| contract.options().get_extension(&extension).as_i32());
    match said {
        None | Some(0) => "rpc::MESSAGE_LIMIT_BYTES".to_owned(),
        Some(bytes) => bytes.to_string(),
    }
}
