//! Every variable there is, in one list.

/// What one function reads from its environment, its tables apart.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// The function: its package, its resource, its log group.
    pub name: &'static str,
    /// Its variables.
    pub vars: &'static [Var],
}

/// A variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Var {
    /// Exact origins of browsers that may call, comma separated.
    AllowedOrigins,
    /// Where mailed links lead.
    AppBaseUrl,
    /// The page that opens the provider's payment window.
    CheckoutUrl,
    /// `required` or `optional`.
    EmailVerification,
    /// The bucket of files.
    FilesBucket,
    /// Who verifies this address becomes the owner.
    OwnerEmail,
    /// The secret that holds the master key and the provider's key.
    SecretArn,
    /// The address mail comes from.
    SenderEmail,
    /// `dev` or `prod`, as the gateway's stage.
    Stage,
    /// Where Toss Payments is.
    TossBaseUrl,
    /// The public key of the payment window.
    TossClientKey,
}

impl Var {
    /// Every variable.
    pub const ALL: [Self; 11] = [
        Self::AllowedOrigins,
        Self::AppBaseUrl,
        Self::CheckoutUrl,
        Self::EmailVerification,
        Self::FilesBucket,
        Self::OwnerEmail,
        Self::SecretArn,
        Self::SenderEmail,
        Self::Stage,
        Self::TossBaseUrl,
        Self::TossClientKey,
    ];

    /// Its name in the environment.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllowedOrigins => "ALLOWED_ORIGINS",
            Self::AppBaseUrl => "APP_BASE_URL",
            Self::CheckoutUrl => "CHECKOUT_URL",
            Self::EmailVerification => "EMAIL_VERIFICATION",
            Self::FilesBucket => "FILES_BUCKET",
            Self::OwnerEmail => "OWNER_EMAIL",
            Self::SecretArn => "SECRET_ARN",
            Self::SenderEmail => "SENDER_EMAIL",
            Self::Stage => "STAGE",
            Self::TossBaseUrl => "TOSS_BASE_URL",
            Self::TossClientKey => "TOSS_CLIENT_KEY",
        }
    }

    /// What it is for, as the refusal to start says it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::AllowedOrigins => "browser origins that may call, comma separated",
            Self::AppBaseUrl => "URL of the app that mailed links lead to",
            Self::CheckoutUrl => "URL of the page that opens the payment window",
            Self::EmailVerification => "required or optional",
            Self::FilesBucket => "name of the bucket of files",
            Self::OwnerEmail => "address of the owner-to-be",
            Self::SecretArn => "ARN of the stack's secret",
            Self::SenderEmail => "address mail is sent from",
            Self::Stage => "name of the stage",
            Self::TossBaseUrl => "URL of Toss Payments",
            Self::TossClientKey => "public key of the payment window",
        }
    }

    /// What counts where it is not set.
    pub const fn default(self) -> Option<&'static str> {
        match self {
            Self::AllowedOrigins | Self::TossClientKey => Some(""),
            Self::EmailVerification => Some("required"),
            Self::Stage => Some("prod"),
            Self::TossBaseUrl => Some("https://api.tosspayments.com"),
            Self::AppBaseUrl
            | Self::CheckoutUrl
            | Self::FilesBucket
            | Self::OwnerEmail
            | Self::SecretArn
            | Self::SenderEmail => None,
        }
    }

    /// Whether a value can be right.
    pub fn check(self, value: &str) -> Result<(), &'static str> {
        let url = |text: &str| text.starts_with("https://") || text.starts_with("http://");
        match self {
            Self::AppBaseUrl | Self::CheckoutUrl | Self::TossBaseUrl if !url(value) => {
                Err("must be an http(s) URL")
            }
            Self::AllowedOrigins if value.contains('*') => Err("must list exact origins, without *"),
            Self::AllowedOrigins
                if value
                    .split(',')
                    .any(|o| !o.trim().is_empty() && (!url(o.trim()) || o.trim().ends_with('/'))) =>
            {
                Err("must be http(s) origins without a path, comma separated")
            }
            Self::EmailVerification if !["required", "optional"].contains(&value) => {
                Err("must be required or optional")
            }
            Self::OwnerEmail | Self::SenderEmail if !value.contains('@') => Err("must be an e-mail address"),
            Self::AllowedOrigins
            | Self::AppBaseUrl
            | Self::CheckoutUrl
            | Self::EmailVerification
            | Self::FilesBucket
            | Self::OwnerEmail
            | Self::SecretArn
            | Self::SenderEmail
            | Self::Stage
            | Self::TossBaseUrl
            | Self::TossClientKey => Ok(()),
        }
    }
}
