// What the journal of emergency releases keeps of one request, and the frames of its file. FROZEN
// (docs/formats.md, "Emergency journal"). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/operation.h"
#include "ledger/transaction.h"

#include <cstdint>
#include <optional>

namespace galen::storage {

inline constexpr std::size_t kMaxEmergencyRecordBytes = 64 * 1024;

/// One request with everything it needs to be logged later, by whom it may.
struct EmergencyRecord {
  ledger::LogEmergency entry;
  ledger::Authorisation authorisation;  ///< the requester's, over LogAccess of the request
  ledger::DeclareEmergency declaration;
  ledger::Authorisation declared_by;  ///< the declarer's
  friend bool operator==(const EmergencyRecord&, const EmergencyRecord&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed, kTooLarge.
  [[nodiscard]] static Result<EmergencyRecord> decode(BytesView bytes);
};

/// The beginning of a journal's file; rewritten, under a new name, when entries are dropped.
struct EmergencyHeader {
  ChainId chain;
  AccountId organisation;
  JournalId journal;
  std::optional<JournalId> follows;  ///< the journal that was lost before this one
  std::uint64_t dropped = 0;         ///< number of the last entry that is not kept any more
  Digest before;                     ///< its hash; zero when none was dropped
  friend bool operator==(const EmergencyHeader&, const EmergencyHeader&) = default;

  static constexpr std::size_t kBytes = 218;

  [[nodiscard]] Bytes encode() const;
  /// kCorrupt.
  [[nodiscard]] static Result<EmergencyHeader> decode(BytesView bytes);
};

/// u64 number || len(record) || H("emergency-frame" || journal || number || len(record)).
[[nodiscard]] Bytes encode_frame(const JournalId& journal, std::uint64_t number, BytesView record);

struct EmergencyFrame {
  std::uint64_t number = 0;
  BytesView record;  ///< not owned
  std::size_t size = 0;
};

/// The frame at the beginning of `bytes`; nullopt when none verifies.
[[nodiscard]] std::optional<EmergencyFrame> read_frame(const JournalId& journal, BytesView bytes);

}  // namespace galen::storage
