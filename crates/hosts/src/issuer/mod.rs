//! The issuer (发卡行).
