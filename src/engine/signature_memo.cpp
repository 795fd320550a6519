#include "engine/signature_memo.h"

#include "crypto/digest.h"
#include "crypto/keys.h"

namespace galen::engine {

Digest memo_key(const PublicKey& key, BytesView message, const Signature& signature) {
  return crypto::Hasher("memo").raw(key).raw(signature).bytes(message).finish();
}

void SignatureMemo::remember(const Digest& key) {
  if (!known_.insert(key).second) return;
  order_.push_back(key);
  if (order_.size() > capacity_) {
    known_.erase(order_.front());
    order_.pop_front();
  }
}

bool SignatureMemo::verify(const PublicKey& key, BytesView message, const Signature& signature) {
  const Digest id = memo_key(key, message, signature);
  if (known_.contains(id)) {
    ++hits_;
    return true;
  }
  ++misses_;
  if (!crypto::verify(key, message, signature)) return false;
  remember(id);
  return true;
}

}  // namespace galen::engine
