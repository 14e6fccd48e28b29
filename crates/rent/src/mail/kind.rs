//! The kinds of mails that the store sends.

/// What a mail is about. Its texts are `languages/LANGUAGE/mail/NAME.jinja`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    VerifyEmail,
    ResetPassword,
    ChangeEmail,
    /// To the address that an account has, when another one was asked for.
    RevertEmail,
    /// To the address that an account had until now.
    EmailChanged,
    PasswordChanged,
    Receipt,
    Refund,
    Reminder,
}

impl MailKind {
    pub const ALL: [Self; 9] = [
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::ChangeEmail,
        Self::RevertEmail,
        Self::EmailChanged,
        Self::PasswordChanged,
        Self::Receipt,
        Self::Refund,
        Self::Reminder,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::RevertEmail => "revert_email",
            Self::EmailChanged => "email_changed",
            Self::PasswordChanged => "password_changed",
            Self::Receipt => "receipt",
            Self::Refund => "refund",
            Self::Reminder => "reminder",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
