#include "storage/subject_keys.h"

#include "codec/codec.h"
#include "crypto/digest.h"

#include <cstring>

namespace galen::storage {

namespace {

Digest derived(const DataKey& data_key, std::string_view purpose) {
  codec::Writer w;
  w.tag(purpose);
  return crypto::hmac_sha256(data_key, w.view());
}

}  // namespace

SubjectKeys::SubjectKeys(const KeyName& name, const Handle& handle, const DataKey& data_key)
    : name_(name), handle_(handle), name_key_(derived(data_key, "row-name")) {
  Digest seal_key = derived(data_key, "row-seal");
  seal_key_ = id_cast<crypto::AeadKey>(seal_key);
  crypto::cleanse(seal_key.value);
}

SubjectKeys::~SubjectKeys() {
  crypto::cleanse(seal_key_.value);
  crypto::cleanse(name_key_.value);
}

RowName SubjectKeys::row_name(ledger::KeyKind kind, BytesView id) const {
  codec::Writer w(1 + id.size());
  w.enumeration(kind).raw(id);
  const Digest mac = crypto::hmac_sha256(name_key_, w.view());
  return RowName::from(mac.view().first(RowName::kSize));
}

Bytes SubjectKeys::seal(const crypto::AeadNonce& nonce,
                        BytesView associated_data,
                        BytesView plaintext) const {
  const Bytes ciphertext = crypto::aead_seal(seal_key_, nonce, associated_data, plaintext);
  codec::Writer w(crypto::AeadNonce::kSize + ciphertext.size());
  w.raw(nonce).raw(ciphertext);
  return std::move(w).take();
}

Result<Bytes> SubjectKeys::open(BytesView associated_data, BytesView sealed) const {
  constexpr std::size_t kNonceBytes = crypto::AeadNonce::kSize;
  if (sealed.size() < kNonceBytes + crypto::kAeadTagBytes) {
    return fail(ErrorCode::kCorrupt, "a sealed row is too short");
  }
  const auto nonce = crypto::AeadNonce::from(sealed.first(kNonceBytes));
  auto opened = crypto::aead_open(seal_key_, nonce, associated_data, sealed.subspan(kNonceBytes));
  if (!opened) return fail(ErrorCode::kCorrupt, "a sealed row does not open under its key");
  return opened;
}

}  // namespace galen::storage
