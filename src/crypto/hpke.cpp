#include "crypto/hpke.h"

#include "base/check.h"
#include "crypto/aead.h"
#include "crypto/digest.h"

#include <string_view>

namespace galen::crypto {
namespace {

using namespace std::string_view_literals;

// RFC 9180 7: DHKEM(P-256, HKDF-SHA256) 0x0010, HKDF-SHA256 0x0001, AES-256-GCM 0x0002.
constexpr std::string_view kKemSuite = "KEM\x00\x10"sv;
constexpr std::string_view kHpkeSuite = "HPKE\x00\x10\x00\x01\x00\x02"sv;
constexpr std::string_view kVersion = "HPKE-v1"sv;
constexpr std::size_t kSecretBytes = 32;

// A secret intermediate value that is overwritten when it goes.
struct Secret {
  Bytes value;

  explicit Secret(Bytes bytes) : value(std::move(bytes)) {}

  explicit Secret(Digest digest) : value(to_bytes(digest)) { cleanse(digest.value); }

  Secret(Secret&& other) noexcept = default;
  Secret& operator=(Secret&&) = delete;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  ~Secret() { cleanse(value); }
};

void append(Bytes& out, BytesView part) {
  out.insert(out.end(), part.begin(), part.end());
}

Secret labeled_extract(std::string_view suite,
                       BytesView salt,
                       std::string_view label,
                       BytesView input_key) {
  Bytes labeled;
  labeled.reserve(kVersion.size() + suite.size() + label.size() + input_key.size());
  append(labeled, as_bytes(kVersion));
  append(labeled, as_bytes(suite));
  append(labeled, as_bytes(label));
  append(labeled, input_key);
  const Secret joined(std::move(labeled));
  return Secret(hkdf_extract(salt, joined.value));
}

Secret labeled_expand(std::string_view suite,
                      const Secret& pseudo_random_key,
                      std::string_view label,
                      BytesView info,
                      std::size_t size) {
  Bytes labeled{static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)};
  append(labeled, as_bytes(kVersion));
  append(labeled, as_bytes(suite));
  append(labeled, as_bytes(label));
  append(labeled, info);
  return Secret(hkdf_expand(pseudo_random_key.value, labeled, size));
}

// RFC 9180 4.1: both sides know the shared point, enc and the recipient's serialised key.
Secret extract_and_expand(const Secret& shared_point, BytesView enc, BytesView recipient) {
  Bytes kem_context = to_bytes(enc);
  append(kem_context, recipient);
  const Secret prk = labeled_extract(kKemSuite, {}, "eae_prk", shared_point.value);
  return labeled_expand(kKemSuite, prk, "shared_secret", kem_context, kSecretBytes);
}

struct MessageKey {
  AeadKey key;
  AeadNonce nonce;

  MessageKey() = default;
  MessageKey(MessageKey&&) = default;
  MessageKey(const MessageKey&) = delete;
  MessageKey& operator=(const MessageKey&) = delete;
  MessageKey& operator=(MessageKey&&) = delete;

  ~MessageKey() {
    cleanse(key.value);
    cleanse(nonce.value);
  }
};

// RFC 9180 5.1, mode_base. One message per context, so its nonce is base_nonce itself.
MessageKey key_schedule(const Secret& shared_secret, BytesView info) {
  Bytes context{0x00};
  append(context, labeled_extract(kHpkeSuite, {}, "psk_id_hash", {}).value);
  append(context, labeled_extract(kHpkeSuite, {}, "info_hash", info).value);
  const Secret secret = labeled_extract(kHpkeSuite, shared_secret.value, "secret", {});
  MessageKey result;
  result.key =
      AeadKey::from(labeled_expand(kHpkeSuite, secret, "key", context, AeadKey::kSize).value);
  result.nonce = AeadNonce::from(
      labeled_expand(kHpkeSuite, secret, "base_nonce", context, AeadNonce::kSize).value);
  return result;
}

}  // namespace

Result<SealedBox> hpke_seal(const PublicKey& recipient,
                            BytesView info,
                            BytesView associated_data,
                            BytesView plaintext) {
  return hpke_seal_with(PrivateKey::generate(), recipient, info, associated_data, plaintext);
}

Result<SealedBox> hpke_seal_with(const PrivateKey& ephemeral,
                                 const PublicKey& recipient,
                                 BytesView info,
                                 BytesView associated_data,
                                 BytesView plaintext) {
  auto recipient_point = uncompressed(recipient);
  if (!recipient_point) {
    return fail(ErrorCode::kInvalidArgument, "recipient key: not a point on P-256");
  }
  GALEN_TRY(Bytes shared_point, ephemeral.diffie_hellman(recipient));
  const Secret dh(std::move(shared_point));
  GALEN_TRY(Bytes enc, uncompressed(ephemeral.public_key()));
  const MessageKey key = key_schedule(extract_and_expand(dh, enc, *recipient_point), info);
  Bytes ciphertext = aead_seal(key.key, key.nonce, associated_data, plaintext);
  return SealedBox{std::move(enc), std::move(ciphertext)};
}

Result<Bytes> hpke_open(const PrivateKey& recipient,
                        BytesView info,
                        BytesView associated_data,
                        const SealedBox& box) {
  const auto ephemeral = compressed(box.enc);
  if (!ephemeral) {
    return fail(ErrorCode::kUnauthenticated, "sealed box: enc is not a point on P-256");
  }
  GALEN_TRY(Bytes shared_point, recipient.diffie_hellman(*ephemeral));
  const Secret dh(std::move(shared_point));
  GALEN_TRY(const Bytes recipient_point, uncompressed(recipient.public_key()));
  const MessageKey key = key_schedule(extract_and_expand(dh, box.enc, recipient_point), info);
  auto plaintext = aead_open(key.key, key.nonce, associated_data, box.ciphertext);
  if (!plaintext) return fail_in("sealed box", plaintext.error());
  return plaintext;
}

Result<PrivateKey> hpke_derive_key_pair(BytesView input_key_material) {
  const Secret prk = labeled_extract(kKemSuite, {}, "dkp_prk", input_key_material);
  // A candidate is out of range once in 2^32; 256 of them never are.
  for (unsigned counter = 0; counter < 256; ++counter) {
    const auto byte = static_cast<std::uint8_t>(counter);
    const Secret candidate = labeled_expand(kKemSuite, prk, "candidate", {&byte, 1}, kSecretBytes);
    auto key = PrivateKey::from_scalar(candidate.value);
    if (key) return key;
  }
  return fail(ErrorCode::kInternal, "no key derives from this input");
}

}  // namespace galen::crypto
