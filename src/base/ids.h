// Typed identifiers and counters: a Height is not a View, a patient is not a record.
// Thread rule: values.
#pragma once

#include "base/bytes.h"

#include <compare>
#include <cstdint>

namespace galen {

/// A 64-bit counter of one kind. Values above kMaxCounter are refused at decoding (DOS-7), so that
/// sums of two never overflow.
template <class Tag>
struct Counter {
  std::uint64_t value = 0;

  friend auto operator<=>(const Counter&, const Counter&) = default;

  [[nodiscard]] constexpr Counter next() const { return Counter{value + 1}; }
};

inline constexpr std::uint64_t kMaxCounter = std::uint64_t{1} << 62U;

using Height = Counter<struct HeightTag>;
using View = Counter<struct ViewTag>;
using Epoch = Counter<struct EpochTag>;

/// Milliseconds since 1970-01-01T00:00:00Z.
using TimeMs = Counter<struct TimeMsTag>;

/// Position in the epoch's validator set, 0..n-1.
struct ValidatorIndex {
  std::uint16_t value = 0;

  friend auto operator<=>(const ValidatorIndex&, const ValidatorIndex&) = default;
};

/// SHA-256 output.
using Digest = FixedBytes<struct DigestTag, 32>;
/// 32 random bytes: salts and identifier seeds.
using Random32 = FixedBytes<struct Random32Tag, 32>;

using ChainId = FixedBytes<struct ChainIdTag, 32>;
/// An organisation or a natural person with a key on the chain.
using AccountId = FixedBytes<struct AccountIdTag, 32>;
/// A patient at one custodian: random, never derived from identifiers.
using PatientId = FixedBytes<struct PatientIdTag, 32>;
using RecordId = FixedBytes<struct RecordIdTag, 32>;
using GrantId = FixedBytes<struct GrantIdTag, 32>;
using TxId = FixedBytes<struct TxIdTag, 32>;
using BlockHash = FixedBytes<struct BlockHashTag, 32>;
/// Content address of an encrypted object off the chain.
using PayloadAddress = FixedBytes<struct PayloadAddressTag, 32>;
/// Chosen by the requester; one access request is decided once.
using RequestId = FixedBytes<struct RequestIdTag, 32>;
/// An emergency that a person declared.
using DeclarationId = FixedBytes<struct DeclarationIdTag, 32>;
/// One journal of emergency releases; a node that lost its journal begins another.
using JournalId = FixedBytes<struct JournalIdTag, 32>;
using RecoveryId = FixedBytes<struct RecoveryIdTag, 32>;
using ErasureId = FixedBytes<struct ErasureIdTag, 32>;
using HoldId = FixedBytes<struct HoldIdTag, 32>;
/// Hash that names a subject, or a record, in public without naming the person.
using SubjectPath = FixedBytes<struct SubjectPathTag, 32>;
using RecordPath = FixedBytes<struct RecordPathTag, 32>;

/// Compressed SEC1 point on P-256.
using PublicKey = FixedBytes<struct PublicKeyTag, 33>;
/// ECDSA r||s, low-S.
using Signature = FixedBytes<struct SignatureTag, 64>;

/// Same 32 bytes, other meaning; explicit on purpose.
template <class To, class From>
[[nodiscard]] To id_cast(const From& from) {
  return To{from.value};
}

}  // namespace galen
