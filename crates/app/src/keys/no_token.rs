//! A build without the feature `pkcs11`: a folder whose keys are in a token is refused.
//! Must never: go on with a key file that the folder says is not the one in use.

use crate::say::End;
use slipway_vault::SoftVault;
use std::path::Path;

/// No vault, unless the folder wants a token.
pub fn vault(folder: &Path) -> Result<Option<SoftVault>, End> {
    if folder.join("token.toml").exists() {
        return Err(End::environment(
            "该目录的密钥在令牌中，而本程序未带 pkcs11 功能：请使用带此功能的版本",
            "the keys of this folder are in a token, and this build lacks the feature pkcs11: use one that has it",
        ));
    }
    Ok(None)
}
