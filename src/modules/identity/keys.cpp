#include "modules/identity/keys.h"

#include "base/limits.h"
#include "ledger/operation.h"

#include <algorithm>

namespace galen::identity {

using ledger::ResultCode;

void write_keys(codec::Writer& writer, const std::vector<PublicKey>& keys) {
  writer.count(keys.size());
  for (const PublicKey& key : keys) writer.raw(key);
}

std::vector<PublicKey> read_keys(codec::Reader& reader) {
  std::vector<PublicKey> keys;
  const std::size_t count = reader.count(limits::kMaxKeysPerAccount);
  for (std::size_t i = 0; i < count; ++i) keys.push_back(reader.fixed<PublicKey>());
  return keys;
}

bool possesses(const execution::OperationContext& context,
               ledger::KeyUse use,
               const AccountId& account,
               const PublicKey& key,
               const Signature& possession) {
  return context.signatures.verify(
      key, ledger::possession_statement(use, account, key), possession);
}

ResultCode place_key(std::vector<PublicKey>& keys, const ledger::NewKey& next) {
  std::vector<PublicKey> changed = keys;
  const auto old =
      next.replaces ? std::find(changed.begin(), changed.end(), *next.replaces) : changed.end();
  if (next.replaces && (old == changed.end() || next.replaces->is_zero())) {
    return ResultCode::kKeyChanged;
  }
  if (std::find(keys.begin(), keys.end(), next.key) != keys.end()) {
    return ResultCode::kAlreadyExists;
  }
  const bool full = changed.size() >= limits::kMaxKeysPerAccount;
  const auto going = static_cast<std::size_t>(old - changed.begin());
  if (next.replaces) *old = PublicKey{};
  if (next.index == changed.size() && !full) {
    changed.push_back(next.key);
  } else if (next.index < changed.size() && changed[next.index].is_zero() &&
             (next.index != going || full)) {
    changed[next.index] = next.key;
  } else {
    return ResultCode::kInvalidKeyIndex;
  }
  keys = std::move(changed);
  return ResultCode::kOk;
}

void keep_only(std::vector<PublicKey>& keys, const PublicKey& kept) {
  for (PublicKey& key : keys) {
    if (key != kept) key = PublicKey{};
  }
}

void replace_all(std::vector<PublicKey>& keys, const PublicKey& next) {
  std::fill(keys.begin(), keys.end(), PublicKey{});
  if (keys.size() < limits::kMaxKeysPerAccount) {
    keys.push_back(next);
  } else {
    keys.front() = next;
  }
}

}  // namespace galen::identity
