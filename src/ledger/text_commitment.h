// What binds a grant to the text that a person read and signed. FROZEN (docs/formats.md). Thread
// rule: pure function.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"

namespace galen::ledger {

/// GrantTerms::terms_commitment: H("consent-text" || salt || SHA-256(text)). The salt is 32 fresh
/// random bytes.
[[nodiscard]] Digest text_commitment(const Random32& salt, BytesView text);

}  // namespace galen::ledger
