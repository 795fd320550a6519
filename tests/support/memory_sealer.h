// Keys of subjects in memory, for object stores under test. A subject gets a key when the test says
// so, as a node gives it one when the subject is registered. Thread rule: one thread.
#pragma once

#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/keys.h"
#include "payload/envelope_sealer.h"

#include <map>
#include <set>

namespace galen::test {

class MemorySealer final : public payload::EnvelopeSealer {
 public:
  void add(const PatientId& subject) { keys_[subject] = random_.next<crypto::AeadKey>(); }

  void destroy(const PatientId& subject) {
    keys_.erase(subject);
    destroyed_.insert(name_of(subject));
  }

  /// As if the keys were those of another time.
  void lose(const PatientId& subject) { keys_.erase(subject); }

  Result<Bytes> seal(const PatientId& subject, BytesView context, BytesView plaintext) override {
    GALEN_TRY(const auto key, key_of(subject));
    const auto nonce = random_.next<crypto::AeadNonce>();
    Bytes row = to_bytes(nonce);
    const Bytes sealed = crypto::aead_seal(key, nonce, context, plaintext);
    row.insert(row.end(), sealed.begin(), sealed.end());
    return row;
  }

  Result<Bytes> unseal(const PatientId& subject,
                       BytesView context,
                       BytesView sealed) const override {
    GALEN_TRY(const auto key, key_of(subject));
    constexpr std::size_t kNonce = crypto::AeadNonce::kSize;
    if (sealed.size() < kNonce) return fail(ErrorCode::kCorrupt, "too short");
    const auto nonce = crypto::AeadNonce::from(sealed.first(kNonce));
    auto plain = crypto::aead_open(key, nonce, context, sealed.subspan(kNonce));
    if (!plain) return fail(ErrorCode::kCorrupt, "does not open");
    return plain;
  }

  /// A key's name is the hash of whose it is.
  Result<Bytes> seal_named(const PatientId& subject,
                           BytesView context,
                           BytesView plaintext) override {
    GALEN_TRY(const Bytes sealed, seal(subject, context, plaintext));
    Bytes named = to_bytes(name_of(subject));
    named.insert(named.end(), sealed.begin(), sealed.end());
    return named;
  }

  Result<Bytes> unseal_named(BytesView context, BytesView sealed) const override {
    if (sealed.size() < Digest::kSize) return fail(ErrorCode::kCorrupt, "too short");
    const auto name = Digest::from(sealed.first(Digest::kSize));
    for (const auto& [subject, key] : keys_) {
      if (name_of(subject) != name) continue;
      return unseal(subject, context, sealed.subspan(Digest::kSize));
    }
    if (destroyed_.contains(name)) return fail(ErrorCode::kNotFound, "the key was destroyed");
    return fail(ErrorCode::kFailedPrecondition, "no such key");
  }

 private:
  static Digest name_of(const PatientId& subject) { return crypto::sha256(to_bytes(subject)); }

  [[nodiscard]] Result<crypto::AeadKey> key_of(const PatientId& subject) const {
    const auto found = keys_.find(subject);
    if (found == keys_.end()) return fail(ErrorCode::kNotFound, "the subject has no key");
    return found->second;
  }

  std::map<PatientId, crypto::AeadKey> keys_;
  std::set<Digest> destroyed_;
  crypto::OsRandom random_;
};

}  // namespace galen::test
