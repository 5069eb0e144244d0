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
    /// Who sends receipts: name, 사업자등록번호, address, in one line.
    BusinessInfo,
    /// The page that opens the provider's payment window; empty for our own, where its caller reached us.
    CheckoutUrl,
    /// Documents people agree to, with their versions.
    Consents,
    /// `required` or `optional`.
    EmailVerification,
    /// The bucket of files.
    FilesBucket,
    /// Where Kakao's API is.
    KakaoApiUrl,
    /// App keys `id_token`s may be for, besides the REST key.
    KakaoAudiences,
    /// Where Kakao's sign-in is.
    KakaoAuthUrl,
    /// Registered redirect URIs, the default first.
    KakaoRedirectUris,
    /// The REST API key of the Kakao app.
    KakaoRestApiKey,
    /// The SES configuration set that reports bounces.
    MailConfigurationSet,
    /// Grades of membership and what they cost: `정회원:330000,결제회원:110000`.
    MembershipPrices,
    /// Who verifies this address becomes the owner.
    OwnerEmail,
    /// `strong` or `basic`.
    PasswordPolicy,
    /// A page that stands in for the provider's payment window; empty for the provider's own.
    PayWindowUrl,
    /// Days between a withdrawal and the erasure.
    RetentionDays,
    /// The secret that holds the master key and the provider's key.
    SecretArn,
    /// The address mail comes from.
    SenderEmail,
    /// Whether staff need a second factor: `required` or `optional`.
    StaffMfa,
    /// `dev` or `prod`, as the gateway's stage.
    Stage,
    /// Where Toss Payments is.
    TossBaseUrl,
    /// The public key of the payment window.
    TossClientKey,
}

impl Var {
    /// Every variable.
    pub const ALL: [Self; 24] = [
        Self::AllowedOrigins,
        Self::AppBaseUrl,
        Self::BusinessInfo,
        Self::CheckoutUrl,
        Self::Consents,
        Self::EmailVerification,
        Self::FilesBucket,
        Self::KakaoApiUrl,
        Self::KakaoAudiences,
        Self::KakaoAuthUrl,
        Self::KakaoRedirectUris,
        Self::KakaoRestApiKey,
        Self::MailConfigurationSet,
        Self::MembershipPrices,
        Self::OwnerEmail,
        Self::PasswordPolicy,
        Self::PayWindowUrl,
        Self::RetentionDays,
        Self::SecretArn,
        Self::SenderEmail,
        Self::StaffMfa,
        Self::Stage,
        Self::TossBaseUrl,
        Self::TossClientKey,
    ];

    /// Its name in the environment.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllowedOrigins => "ALLOWED_ORIGINS",
            Self::AppBaseUrl => "APP_BASE_URL",
            Self::BusinessInfo => "BUSINESS_INFO",
            Self::CheckoutUrl => "CHECKOUT_URL",
            Self::Consents => "CONSENTS",
            Self::EmailVerification => "EMAIL_VERIFICATION",
            Self::FilesBucket => "FILES_BUCKET",
            Self::KakaoApiUrl => "KAKAO_API_URL",
            Self::KakaoAudiences => "KAKAO_AUDIENCES",
            Self::KakaoAuthUrl => "KAKAO_AUTH_URL",
            Self::KakaoRedirectUris => "KAKAO_REDIRECT_URIS",
            Self::KakaoRestApiKey => "KAKAO_REST_API_KEY",
            Self::MailConfigurationSet => "MAIL_CONFIGURATION_SET",
            Self::MembershipPrices => "MEMBERSHIP_PRICES",
            Self::OwnerEmail => "OWNER_EMAIL",
            Self::PasswordPolicy => "PASSWORD_POLICY",
            Self::PayWindowUrl => "PAY_WINDOW_URL",
            Self::RetentionDays => "RETENTION_DAYS",
            Self::SecretArn => "SECRET_ARN",
            Self::SenderEmail => "SENDER_EMAIL",
            Self::StaffMfa => "STAFF_MFA",
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
            Self::BusinessInfo => "who sends receipts, in one line",
            Self::CheckoutUrl => "URL of the page that opens the payment window; empty for our own",
            Self::Consents => {
                "documents people agree to: kind:version, with ! behind those that must be agreed to"
            }
            Self::EmailVerification => "required or optional",
            Self::FilesBucket => "name of the bucket of files",
            Self::KakaoApiUrl => "URL of Kakao's API",
            Self::KakaoAudiences => {
                "app keys besides the REST key that id_tokens may be for, comma separated"
            }
            Self::KakaoAuthUrl => "URL of Kakao's sign-in",
            Self::KakaoRedirectUris => "registered redirect URIs, the default first, comma separated",
            Self::KakaoRestApiKey => "REST API key of the Kakao app; empty for no Kakao sign-in",
            Self::MailConfigurationSet => "SES configuration set that reports bounces",
            Self::MembershipPrices => "grades of membership with their prices in won, comma separated",
            Self::OwnerEmail => "address of the owner-to-be",
            Self::PasswordPolicy => "strong or basic",
            Self::PayWindowUrl => "URL of what stands in for the payment window; empty for the provider's",
            Self::RetentionDays => "days between a withdrawal and the erasure",
            Self::SecretArn => "ARN of the stack's secret",
            Self::SenderEmail => "address mail is sent from",
            Self::StaffMfa => "required or optional",
            Self::Stage => "name of the stage",
            Self::TossBaseUrl => "URL of Toss Payments",
            Self::TossClientKey => "public key of the payment window",
        }
    }

    /// What counts where it is not set.
    pub const fn default(self) -> Option<&'static str> {
        match self {
            Self::AllowedOrigins
            | Self::KakaoAudiences
            | Self::KakaoRedirectUris
            | Self::KakaoRestApiKey
            | Self::BusinessInfo
            | Self::CheckoutUrl
            | Self::MailConfigurationSet
            | Self::MembershipPrices
            | Self::PayWindowUrl
            | Self::TossClientKey => Some(""),
            Self::Consents => Some("terms:1!,privacy:1!,marketing:1"),
            Self::KakaoApiUrl => Some("https://kapi.kakao.com"),
            Self::KakaoAuthUrl => Some("https://kauth.kakao.com"),
            Self::PasswordPolicy => Some("strong"),
            Self::RetentionDays => Some("30"),
            Self::StaffMfa => Some("optional"),
            Self::EmailVerification => Some("required"),
            Self::Stage => Some("prod"),
            Self::TossBaseUrl => Some("https://api.tosspayments.com"),
            Self::AppBaseUrl | Self::FilesBucket | Self::OwnerEmail | Self::SecretArn | Self::SenderEmail => {
                None
            }
        }
    }

    /// Whether a value can be right.
    pub fn check(self, value: &str) -> Result<(), &'static str> {
        let url = |text: &str| text.starts_with("https://") || text.starts_with("http://");
        match self {
            Self::CheckoutUrl | Self::PayWindowUrl if !value.is_empty() && !url(value) => {
                Err("must be an http(s) URL, or empty")
            }
            Self::AppBaseUrl | Self::KakaoApiUrl | Self::KakaoAuthUrl | Self::TossBaseUrl if !url(value) => {
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
            Self::StaffMfa if !["required", "optional"].contains(&value) => {
                Err("must be required or optional")
            }
            Self::PasswordPolicy if !["strong", "basic"].contains(&value) => Err("must be strong or basic"),
            Self::RetentionDays if value.parse::<u16>().is_err() => Err("must be a number of days"),
            Self::KakaoRedirectUris
                if value.split(',').any(|uri| !uri.trim().is_empty() && !url(uri.trim())) =>
            {
                Err("must be http(s) URLs, comma separated")
            }
            Self::OwnerEmail | Self::SenderEmail if !value.contains('@') => Err("must be an e-mail address"),
            Self::AllowedOrigins
            | Self::AppBaseUrl
            | Self::BusinessInfo
            | Self::CheckoutUrl
            | Self::Consents
            | Self::EmailVerification
            | Self::FilesBucket
            | Self::KakaoApiUrl
            | Self::KakaoAudiences
            | Self::KakaoAuthUrl
            | Self::KakaoRedirectUris
            | Self::KakaoRestApiKey
            | Self::MailConfigurationSet
            | Self::MembershipPrices
            | Self::OwnerEmail
            | Self::PasswordPolicy
            | Self::PayWindowUrl
            | Self::RetentionDays
            | Self::SecretArn
            | Self::SenderEmail
            | Self::StaffMfa
            | Self::Stage
            | Self::TossBaseUrl
            | Self::TossClientKey => Ok(()),
        }
    }
}
