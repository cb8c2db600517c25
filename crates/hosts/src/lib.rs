//! The pure cores of acquirer, switch and issuer.
