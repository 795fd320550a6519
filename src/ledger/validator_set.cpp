#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/block.h"
#include "ledger/fields.h"

#include <set>

namespace galen::ledger {

using codec::Reader;
using codec::Writer;

Bytes encode(const ValidatorSet& set) {
  Writer w;
  w.count(set.members.size());
  for (const Validator& v : set.members) {
    w.raw(v.organisation).raw(v.consensus_key).raw(v.tls_key);
  }
  return std::move(w).take();
}

Result<ValidatorSet> decode_validator_set(BytesView bytes) {
  Reader r(bytes, "validator set");
  ValidatorSet set;
  std::set<AccountId> organisations;
  std::set<PublicKey> keys;
  const std::size_t count = r.count(limits::kMaxValidators);
  if (count == 0) r.fail_with("no members");
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    Validator v;
    v.organisation = r.fixed<AccountId>();
    v.consensus_key = r.fixed<PublicKey>();
    v.tls_key = r.fixed<PublicKey>();
    // Two seats under one key or one owner would break the assumption behind the quorum.
    if (!organisations.insert(v.organisation).second || !keys.insert(v.consensus_key).second ||
        !keys.insert(v.tls_key).second) {
      r.fail_with("an organisation or key twice");
    }
    set.members.push_back(v);
  }
  return fields::finish(r, std::move(set));
}

Digest validators_hash(const ValidatorSet& set) {
  return crypto::tagged("validators", encode(set));
}

}  // namespace galen::ledger
