// Record keys wrapped for their holders by HPKE (PRIVACY.md 14, 22): envelopes stored beside an
// object, and the release of a key to a requester. FROZEN (docs/formats.md "Payload objects and
// envelopes"). Every wrapping names chain, use, record, address and recipient key, so none can be
// replayed for another. Thread rule: functions from any thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "crypto/chunk_stream.h"
#include "crypto/hpke.h"
#include "crypto/keys.h"

#include <cstdint>

namespace galen::payload {

inline constexpr std::uint16_t kEnvelopeVersion = 1;

/// What a wrapped key is for. The numbers are part of the HPKE info. FROZEN.
enum class WrapUse : std::uint8_t { kCustodian = 1, kPatient = 2, kRelease = 3 };

/// The object a record key belongs to.
struct ObjectName {
  ChainId chain;
  RecordId record;
  PayloadAddress address;
  friend bool operator==(const ObjectName&, const ObjectName&) = default;
};

/// H("key" || public key).
[[nodiscard]] Digest agreement_key_id(const PublicKey& key);

/// A record key for one long-term holder.
struct KeyEnvelope {
  WrapUse use = WrapUse::kCustodian;  ///< kCustodian or kPatient
  AccountId holder;                   ///< organisation, or the patient's id
  Digest holder_key;                  ///< agreement_key_id
  crypto::SealedBox box;
  friend bool operator==(const KeyEnvelope&, const KeyEnvelope&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed for anything but one canonical envelope.
  [[nodiscard]] static Result<KeyEnvelope> decode(BytesView bytes);
};

struct EnvelopeHolder {
  WrapUse use = WrapUse::kCustodian;
  AccountId account;
  PublicKey key;
};

/// kInvalidArgument for an invalid holder key. REQUIRES: use is kCustodian or kPatient.
[[nodiscard]] Result<KeyEnvelope> seal_envelope(const ObjectName& object,
                                                const EnvelopeHolder& holder,
                                                const crypto::RecordKey& key);

/// kUnauthenticated when the envelope is for another key, object or use.
[[nodiscard]] Result<crypto::RecordKey> open_envelope(const ObjectName& object,
                                                      const KeyEnvelope& envelope,
                                                      const crypto::PrivateKey& holder_key);

/// Operation of a release without a committed access: `transaction` is then the hash of the entry
/// in the journal of emergencies. No transaction has so many operations.
inline constexpr std::uint16_t kEmergencyOperation = 0xffff;

/// The committed access entry a key is released under, and to whom.
struct ReleaseTarget {
  PublicKey recipient;  ///< agreement key of the signed request
  TxId transaction;     ///< of the LogAccess
  std::uint16_t operation = 0;
};

/// Opens the custodian's envelope with the organisation's agreement key, checks the key commitment
/// of the object's header and seals the key to the recipient. kUnauthenticated when envelope or
/// header do not belong to the key, kInvalidArgument for an invalid recipient key.
[[nodiscard]] Result<crypto::SealedBox> rewrap(const ObjectName& object,
                                               const crypto::ObjectHeader& header,
                                               const KeyEnvelope& custodian_envelope,
                                               const crypto::PrivateKey& organisation_key,
                                               const ReleaseTarget& target);

/// The requester's side of rewrap. kUnauthenticated when the box was not made for exactly this
/// object and target.
[[nodiscard]] Result<crypto::RecordKey> open_release(const ObjectName& object,
                                                     const crypto::SealedBox& box,
                                                     const crypto::PrivateKey& recipient_key,
                                                     const ReleaseTarget& target);

}  // namespace galen::payload
