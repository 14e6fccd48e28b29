//! The REST shape of a method, from its `google.api.http` option.

use prost_reflect::{DynamicMessage, MethodDescriptor};

/// The REST shape of a method, from its `google.api.http` option.
pub(crate) struct Rest {
    pub(crate) verb: String,
    pub(crate) path: String,
    /// `*`, the name of the field that is the body, or nothing.
    pub(crate) body: String,
}

impl Rest {
    pub(crate) fn new(contract: &MethodDescriptor) -> Option<Self> {
        let extension = contract.parent_pool().get_extension_by_name("google.api.http")?;
        let options = contract.options();
        let rule = options.get_extension(&extension);
        let rule = rule.as_message()?;
        let (verb, path) = ["Get", "Put", "Post", "Delete", "Patch"]
            .into_iter()
            .find_map(|verb| Some((verb.to_owned(), text(rule, &verb.to_lowercase())?)))
            .or_else(|| websocket(rule))?;
        Some(Self {
            verb,
            path,
            body: text(rule, "body").unwrap_or_default(),
        })
    }

    pub(crate) fn body(&self) -> String {
        match self.body.as_str() {
            "" => "rpc::RestBody::Query".to_owned(),
            "*" => "rpc::RestBody::Message".to_owned(),
            field => format!(
                "rpc::RestBody::Bytes {{ take: |message| std::mem::take(&mut message.{field}), \
                 put: |message, bytes| message.{field} = bytes }}"
            ),
        }
    }

    /// The path's fixed parts and the fields between them.
    fn parts(&self) -> (Vec<&str>, Vec<&str>) {
        let mut fixed = Vec::new();
        let mut fields = Vec::new();
        let mut rest = self.path.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (field, after) = after.split_once('}').expect("a brace in a path is closed");
            fixed.push(before);
            fields.push(field);
            rest = after;
        }
        fixed.push(rest);
        (fixed, fields)
    }

    pub(crate) fn split(&self) -> String {
        let (fixed, fields) = self.parts();
        let takes: Vec<_> = fields
            .iter()
            .map(|field| format!("&std::mem::take(&mut message.{field})"))
            .collect();
        let message = if fields.is_empty() { "_message" } else { "message" };
        format!("|{message}| rpc::rest_path(&{fixed:?}, &[{}])", takes.join(", "))
    }

    pub(crate) fn join(&self) -> String {
        let (_, fields) = self.parts();
        if fields.is_empty() {
            return "|_message, _field, _value| {}".to_owned();
        }
        let arms: Vec<_> = fields
            .iter()
            .map(|field| format!("\"{field}\" => message.{field} = value,"))
            .collect();
        format!("|message, field, value| match field {{ {} _ => {{}} }}", arms.join(" "))
    }
}

fn text(rule: &DynamicMessage, field: &str) -> Option<String> {
    let value = rule.get_field_by_name(field)?;
    value.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

fn websocket(rule: &DynamicMessage) -> Option<(String, String)> {
    let custom = rule.get_field_by_name("custom")?;
    let custom = custom.as_message()?;
    let is_websocket = text(custom, "kind").is_some_and(|kind| kind == "WEBSOCKET");
    is_websocket
        .then(|| text(custom, "path"))
        .flatten()
        .map(|path| ("WebSocket".to_owned(), path))
}
