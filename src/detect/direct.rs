//! Categories that single somebody out.

/// True for categories that name one person, device or account by themselves.
pub fn is_direct(category: &str) -> bool {
    const DIRECT: &[&str] = &[
        "user.name",
        "user.contact",
        "user.unique_id",
        "user.government_id",
        "user.authorization",
        "user.account.username",
        "user.payment",
        "user.financial",
        "user.device.ip_address",
        "user.device.device_id",
        "user.device.cookie_id",
        "user.health_and_medical.record_id",
    ];
    const COARSE: &[&str] = &[
        "user.unique_id.pseudonymous",
        "user.contact.address.country",
        "user.contact.address.state",
        "user.contact.address.city",
        "user.contact.address.postal_code",
        "user.contact.organization",
    ];
    let below = |list: &[&str]| {
        list.iter().any(|above| {
            let rest = category.strip_prefix(above);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    below(DIRECT) && !below(COARSE)
}
