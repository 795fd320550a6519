#include "ledger/text_commitment.h"

#include "crypto/digest.h"

namespace galen::ledger {

Digest text_commitment(const Random32& salt, BytesView text) {
  return crypto::tagged("consent-text", salt, crypto::sha256(text));
}

}  // namespace galen::ledger
