// The keys of one (subject, compartment) on this node: a random handle that stands for the subject
// in row keys, and keys derived from its random data key (PRIVACY.md 14). Destroying the data key
// makes every row sealed under it unreadable. FROZEN (docs/formats.md, "Stored rows"). Thread rule:
// immutable after construction, any thread.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "crypto/aead.h"
#include "ledger/state_key.h"

namespace galen::storage {

/// HMAC of subject and compartment under the node's secret: names a keyring row, tells nobody who.
using KeyName = FixedBytes<struct KeyNameTag, 16>;
/// Random; prefix of every row of the subject's compartment.
using Handle = FixedBytes<struct HandleTag, 16>;
using DataKey = FixedBytes<struct DataKeyTag, 32>;
/// Name of a state key among the rows of a handle.
using RowName = FixedBytes<struct RowNameTag, 16>;

class SubjectKeys {
 public:
  SubjectKeys(const KeyName& name, const Handle& handle, const DataKey& data_key);
  ~SubjectKeys();
  SubjectKeys(const SubjectKeys&) = delete;
  SubjectKeys& operator=(const SubjectKeys&) = delete;

  [[nodiscard]] const KeyName& name() const { return name_; }

  [[nodiscard]] const Handle& handle() const { return handle_; }

  /// HMAC, so that no record id stands in a row key.
  [[nodiscard]] RowName row_name(ledger::KeyKind kind, BytesView id) const;

  /// nonce || ciphertext || tag. REQUIRES: a nonce that is random and used once.
  [[nodiscard]] Bytes seal(const crypto::AeadNonce& nonce,
                           BytesView associated_data,
                           BytesView plaintext) const;
  /// kCorrupt when these bytes were not sealed under these keys and this associated data.
  [[nodiscard]] Result<Bytes> open(BytesView associated_data, BytesView sealed) const;

 private:
  KeyName name_;
  Handle handle_;
  crypto::AeadKey seal_key_;
  Digest name_key_;
};

}  // namespace galen::storage
