//! What the letters say.

use super::Text;

/// The link that proves an address.
pub const VERIFY: Text = Text {
    subject: "이메일 주소를 확인해 주세요 · Please verify your e-mail",
    ko: &[
        "아래 링크에서 가입할 때 정한 비밀번호를 입력하면 가입이 완료됩니다. 링크는 24시간 동안 한 번만 쓸 수 있습니다.",
        "직접 가입하지 않으셨다면 이 메일을 무시해 주세요.",
    ],
    en: &[
        "Follow the link below and enter the password you chose to finish signing up. It works once, for 24 hours.",
        "If this was not you, please ignore this mail.",
    ],
};

/// To the owner of a known address somebody signed up with, or wanted to move to.
pub const ALREADY: Text = Text {
    subject: "이미 가입된 주소입니다 · You already have an account",
    ko: &[
        "이 주소로 가입하려는 요청이 있었지만 이미 가입되어 있습니다.",
        "비밀번호를 잊으셨다면 아래에서 다시 설정할 수 있습니다.",
    ],
    en: &[
        "Somebody asked to sign up with this address, but it already has an account.",
        "If you forgot your password, you can reset it below.",
    ],
};

/// The link that sets a new password.
pub const RESET: Text = Text {
    subject: "비밀번호 재설정 · Reset your password",
    ko: &[
        "아래 링크에서 새 비밀번호를 정해 주세요. 링크는 30분 동안 한 번만 쓸 수 있습니다.",
        "요청하지 않으셨다면 이 메일을 무시해 주세요. 비밀번호는 바뀌지 않습니다.",
    ],
    en: &[
        "Set a new password by the link below. It works once, for 30 minutes.",
        "If you did not ask for it, ignore this mail; your password stays.",
    ],
};

/// After too many wrong passwords: the link that lets the owner in again.
pub const UNLOCK: Text = Text {
    subject: "로그인이 잠겼습니다 · Your sign-in is locked",
    ko: &[
        "잘못된 비밀번호가 너무 많이 입력되어 이 주소의 로그인을 막았습니다.",
        "아래 링크에서 새 비밀번호를 정하면 바로 다시 로그인할 수 있습니다. 전에 로그인했던 기기에서는 그대로 로그인할 수 있습니다.",
    ],
    en: &[
        "Too many wrong passwords were tried for this address, so signing in is blocked.",
        "Set a new password by the link below to sign in again at once. Devices that signed in before still can.",
    ],
};

/// After a sign-up was completed.
pub const WELCOME: Text = Text {
    subject: "가입을 환영합니다 · Welcome",
    ko: &["가입이 완료되었습니다. 이제 로그인하여 예약할 수 있습니다."],
    en: &["Your account is ready. You can sign in and book now."],
};

/// After a password was changed or reset.
pub const PASSWORD_CHANGED: Text = Text {
    subject: "비밀번호가 변경되었습니다 · Your password was changed",
    ko: &[
        "비밀번호가 변경되었고 다른 모든 기기에서 로그아웃되었습니다.",
        "직접 변경하지 않으셨다면 바로 비밀번호를 재설정하고 알려 주세요.",
    ],
    en: &[
        "Your password was changed and every other device was signed out.",
        "If this was not you, reset your password now and tell us.",
    ],
};

/// To the new address of a person who moves.
pub const NEW_EMAIL: Text = Text {
    subject: "새 이메일 주소를 확인해 주세요 · Please confirm your new e-mail",
    ko: &[
        "로그인한 상태에서 아래 링크를 누르면 이 주소로 로그인 주소가 바뀝니다. 쓰던 주소가 있다면 그곳에서도 확인해야 합니다.",
        "요청하지 않으셨다면 이 메일을 무시해 주세요.",
    ],
    en: &[
        "Follow the link below while you are signed in to sign in with this address from now on. If you had another address, it must agree, too.",
        "If this was not you, please ignore this mail.",
    ],
};

/// To the old address of a person who moves.
pub const OLD_EMAIL: Text = Text {
    subject: "로그인 주소 변경 요청 · Your sign-in address is about to change",
    ko: &[
        "로그인 주소를 다른 주소로 바꾸려는 요청이 있었습니다. 동의하시면 아래 링크를 눌러 주세요.",
        "직접 요청하지 않으셨다면 누르지 마시고 비밀번호를 바꿔 주세요.",
    ],
    en: &[
        "Somebody signed in as you asked to move to another address. Follow the link below to agree.",
        "If this was not you, do not follow it and change your password.",
    ],
};

/// After an address was changed.
pub const EMAIL_CHANGED: Text = Text {
    subject: "로그인 주소가 변경되었습니다 · Your sign-in address was changed",
    ko: &["이제 이 주소로 로그인합니다."],
    en: &["You sign in with this address from now on."],
};

/// The link that makes invited staff.
pub const INVITED: Text = Text {
    subject: "직원으로 초대되었습니다 · You are invited",
    ko: &[
        "마루의 직원으로 초대되었습니다. 아래 링크에서 비밀번호를 정해 주세요. 링크는 7일 동안 한 번만 쓸 수 있습니다.",
    ],
    en: &[
        "You are invited to work with Maru. Set your password by the link below. It works once, for 7 days.",
    ],
};

/// After an old refresh token was used: somebody has a copy.
pub const REUSED: Text = Text {
    subject: "로그인이 종료되었습니다 · A device was signed out",
    ko: &[
        "이미 사용된 로그인 정보가 다시 사용되어 안전을 위해 그 기기를 로그아웃했습니다.",
        "모르는 기기가 있다면 비밀번호를 바꿔 주세요.",
    ],
    en: &[
        "A used-up sign-in was used again, so we signed that device out to be safe.",
        "If you do not recognise a device, change your password.",
    ],
};

/// After a second factor was set up.
pub const FACTOR_ENABLED: Text = Text {
    subject: "2단계 인증을 켰습니다 · Two-step sign-in is on",
    ko: &["이제 로그인할 때 인증 앱의 코드가 필요합니다. 복구 코드를 안전한 곳에 보관해 주세요."],
    en: &["Signing in takes a code of your authenticator app now. Keep the recovery codes in a safe place."],
};

/// After a second factor was taken away.
pub const FACTOR_DISABLED: Text = Text {
    subject: "2단계 인증을 껐습니다 · Two-step sign-in is off",
    ko: &["이제 비밀번호만으로 로그인합니다. 직접 끄지 않으셨다면 바로 비밀번호를 바꿔 주세요."],
    en: &["The password alone signs in now. If this was not you, change your password at once."],
};

/// After a recovery code was used.
pub const RECOVERY_USED: Text = Text {
    subject: "복구 코드가 사용되었습니다 · A recovery code was used",
    ko: &["인증 앱 대신 복구 코드로 로그인했습니다. 직접 하지 않으셨다면 바로 비밀번호를 바꿔 주세요."],
    en: &["A recovery code was used to sign in. If this was not you, change your password at once."],
};

/// After a Kakao account was linked.
pub const KAKAO_LINKED: Text = Text {
    subject: "카카오 계정이 연결되었습니다 · A Kakao account was linked",
    ko: &[
        "이제 카카오로도 로그인할 수 있습니다. 직접 연결하지 않으셨다면 연결을 끊고 비밀번호를 바꿔 주세요.",
    ],
    en: &["You can sign in by Kakao, too. If this was not you, unlink it and change your password."],
};

/// After the link to a Kakao account was cut.
pub const KAKAO_UNLINKED: Text = Text {
    subject: "카카오 연결이 끊어졌습니다 · A Kakao account was unlinked",
    ko: &[
        "이제 카카오로 로그인할 수 없고, 다른 기기에서는 로그아웃되었습니다.",
        "직접 끊지 않으셨다면 바로 비밀번호를 바꿔 주세요.",
    ],
    en: &[
        "Kakao does not sign you in any more, and other devices were signed out.",
        "If this was not you, change your password at once.",
    ],
};

/// After somebody was shut out.
pub const SUSPENDED: Text = Text {
    subject: "이용이 정지되었습니다 · Your account is suspended",
    ko: &["계정 이용이 정지되어 로그인할 수 없습니다. 문의는 사업자에게 해 주세요."],
    en: &["Your account is suspended and cannot sign in. Please contact the business."],
};

/// After somebody was let in again.
pub const RESUMED: Text = Text {
    subject: "이용 정지가 해제되었습니다 · Your account is open again",
    ko: &["이용 정지가 해제되어 다시 로그인할 수 있습니다."],
    en: &["Your account is open again; you can sign in."],
};

/// After somebody left.
pub const WITHDRAWN: Text = Text {
    subject: "탈퇴가 접수되었습니다 · Your account is closed",
    ko: &[
        "탈퇴가 접수되어 로그아웃되었습니다. 개인정보는 보관 기간이 지나면 삭제되고, 결제 기록은 법이 정한 기간 동안 보관됩니다.",
    ],
    en: &[
        "Your account is closed. Personal data is erased after the retention period; payment records are kept as the law requires.",
    ],
};
