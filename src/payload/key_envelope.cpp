#include "payload/key_envelope.h"

#include "base/check.h"
#include "codec/codec.h"
#include "crypto/digest.h"

namespace galen::payload {

namespace {

constexpr std::size_t kEncBytes = 65;
constexpr std::size_t kWrappedBytes = crypto::RecordKey::kSize + crypto::kAeadTagBytes;

bool is_envelope_use(WrapUse use) {
  return use == WrapUse::kCustodian || use == WrapUse::kPatient;
}

codec::Writer start_info(std::string_view tag, const ObjectName& object, WrapUse use) {
  codec::Writer writer(192);
  writer.tag(tag).u16(kEnvelopeVersion).raw(object.chain).enumeration(use);
  writer.raw(object.record).raw(object.address);
  return writer;
}

Bytes envelope_info(const ObjectName& object, WrapUse use, const Digest& key_id) {
  auto writer = start_info("envelope", object, use);
  writer.raw(key_id);
  return std::move(writer).take();
}

Bytes release_info(const ObjectName& object, const PublicKey& recipient, const ReleaseTarget& to) {
  auto writer = start_info("release", object, WrapUse::kRelease);
  writer.raw(agreement_key_id(recipient)).raw(to.transaction).u16(to.operation);
  return std::move(writer).take();
}

Result<crypto::RecordKey> open_box(const crypto::PrivateKey& key,
                                   BytesView info,
                                   const crypto::SealedBox& box) {
  GALEN_TRY(Bytes plain, crypto::hpke_open(key, info, {}, box));
  if (plain.size() != crypto::RecordKey::kSize) {
    return fail(ErrorCode::kUnauthenticated, "wrapped key: not 32 bytes");
  }
  const auto result = crypto::RecordKey::from(plain);
  crypto::cleanse(plain);
  return result;
}

}  // namespace

Digest agreement_key_id(const PublicKey& key) {
  return crypto::tagged("key", key);
}

Bytes KeyEnvelope::encode() const {
  codec::Writer writer(256);
  writer.u16(kEnvelopeVersion).enumeration(use).raw(holder).raw(holder_key);
  writer.raw(box.enc).raw(box.ciphertext);
  return std::move(writer).take();
}

Result<KeyEnvelope> KeyEnvelope::decode(BytesView bytes) {
  codec::Reader reader(bytes, "key envelope");
  KeyEnvelope envelope;
  if (reader.u16() != kEnvelopeVersion) reader.fail_with("unknown version");
  envelope.use = reader.enumeration<WrapUse>(is_envelope_use);
  envelope.holder = reader.fixed<AccountId>();
  envelope.holder_key = reader.fixed<Digest>();
  envelope.box.enc = to_bytes(reader.raw(kEncBytes));
  envelope.box.ciphertext = to_bytes(reader.raw(kWrappedBytes));
  GALEN_TRY_STATUS(reader.finish());
  return envelope;
}

Result<KeyEnvelope> seal_envelope(const ObjectName& object,
                                  const EnvelopeHolder& holder,
                                  const crypto::RecordKey& key) {
  CHECK(is_envelope_use(holder.use), "an envelope is for a custodian or a patient");
  KeyEnvelope envelope;
  envelope.use = holder.use;
  envelope.holder = holder.account;
  envelope.holder_key = agreement_key_id(holder.key);
  const Bytes info = envelope_info(object, holder.use, envelope.holder_key);
  GALEN_TRY(envelope.box, crypto::hpke_seal(holder.key, info, {}, key));
  return envelope;
}

Result<crypto::RecordKey> open_envelope(const ObjectName& object,
                                        const KeyEnvelope& envelope,
                                        const crypto::PrivateKey& holder_key) {
  const Digest key_id = agreement_key_id(holder_key.public_key());
  if (key_id != envelope.holder_key) {
    return fail(ErrorCode::kUnauthenticated, "key envelope: sealed to another key");
  }
  return open_box(holder_key, envelope_info(object, envelope.use, key_id), envelope.box);
}

Result<crypto::SealedBox> rewrap(const ObjectName& object,
                                 const crypto::ObjectHeader& header,
                                 const KeyEnvelope& custodian_envelope,
                                 const crypto::PrivateKey& organisation_key,
                                 const ReleaseTarget& target) {
  GALEN_TRY(crypto::RecordKey key, open_envelope(object, custodian_envelope, organisation_key));
  const auto opener = crypto::ChunkOpener::create(key, object.chain, object.record, header);
  Result<crypto::SealedBox> box =
      fail(ErrorCode::kUnauthenticated, "key envelope: its key is not the one of the object");
  if (opener) {
    box = crypto::hpke_seal(
        target.recipient, release_info(object, target.recipient, target), {}, key);
  }
  crypto::cleanse(key.value);
  return box;
}

Result<crypto::RecordKey> open_release(const ObjectName& object,
                                       const crypto::SealedBox& box,
                                       const crypto::PrivateKey& recipient_key,
                                       const ReleaseTarget& target) {
  if (target.recipient != recipient_key.public_key()) {
    return fail(ErrorCode::kUnauthenticated, "released key: wrapped to another key");
  }
  return open_box(recipient_key, release_info(object, target.recipient, target), box);
}

}  // namespace galen::payload
