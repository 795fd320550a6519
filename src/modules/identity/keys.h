// Keys of accounts: their lists in state values, proofs of possession, and the place of a new one
// (PRIVACY.md 30). A key index is never given to another key while the old one stands; a retired
// key is 33 zero bytes. Thread rule: pure functions.
#pragma once

#include "codec/codec.h"
#include "execution/executor.h"
#include "ledger/identity_operations.h"
#include "ledger/receipt.h"

#include <vector>

namespace galen::identity {

void write_keys(codec::Writer& writer, const std::vector<PublicKey>& keys);
[[nodiscard]] std::vector<PublicKey> read_keys(codec::Reader& reader);

[[nodiscard]] bool possesses(const execution::OperationContext& context,
                             ledger::KeyUse use,
                             const AccountId& account,
                             const PublicKey& key,
                             const Signature& possession);

/// Separate keys for both uses, each with its own proof of possession.
template <class Keys>
[[nodiscard]] bool possesses_keys(const execution::OperationContext& context,
                                  const AccountId& account,
                                  const Keys& keys) {
  using ledger::KeyUse;
  return keys.signing_key != keys.agreement_key &&
         possesses(context, KeyUse::kSigning, account, keys.signing_key, keys.signing_possession) &&
         possesses(
             context, KeyUse::kAgreement, account, keys.agreement_key, keys.agreement_possession);
}

/// Retires the key that `next` replaces, if any, and puts the new one at its index: the first after
/// the list, or that of a retired key. The index of the key that goes is free only when the list is
/// full. Changes nothing unless kOk. kKeyChanged, kAlreadyExists (the key is in the list),
/// kInvalidKeyIndex.
[[nodiscard]] ledger::ResultCode place_key(std::vector<PublicKey>& keys,
                                           const ledger::NewKey& next);

/// Retires every key but this one.
void keep_only(std::vector<PublicKey>& keys, const PublicKey& kept);

/// Retires every key and puts this one in the first place that never held a key, or, when there is
/// none, in the first of all.
void replace_all(std::vector<PublicKey>& keys, const PublicKey& next);

}  // namespace galen::identity
