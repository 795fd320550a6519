// Audit logs: who reads them, lists, and access statements: every entry in a range, with a proof
// that none is missing (docs/cli.md "Reading an audit log"). Values as in galen/types.h. Thread
// rule: values.
#pragma once

#include "galen/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

/// Who reads a log or does an administrative act. Every reading is an entry of the log itself.
struct LogReader {
  std::string
      person;  ///< practitioner, proxy or the patient's own id; empty = the organisation itself
  std::string purpose;   ///< empty: HOPERAT; of the patient PATRQT, of a proxy FAMRQT
  std::string key_file;  ///< signing key, when it is not in the profile's people directory
};

struct AccessListOptions {
  std::string patient;  ///< or an organisation's id, for its own log
  LogReader reader;
};

/// An act of this organisation that no transaction shows by itself.
struct ActOptions {
  std::string patient;  ///< empty: not about a patient
  std::string act;      ///< a code of docs/formats.md, e.g. "export"
  LogReader actor;
  std::vector<std::string> records;
  std::string recipient;  ///< of an export: member organisation
  std::string time;       ///< RFC 3339; empty = now
};

/// A past access.
struct ExplainOptions {
  std::string tx_id;
  std::uint32_t operation = 0;
  std::string patient;  ///< empty: as the transaction says, for who may see its operation
  LogReader reader;
};

/// Every access that one block put into a patient's log.
struct ExplainBlockOptions {
  std::uint64_t height = 0;
  std::string patient;
  LogReader reader;
};

/// A range [from, to) of block times or of heights, not of both; without anything, the whole log.
struct StatementOptions {
  std::string patient;  ///< or an organisation's id, for its own log
  std::string from;     ///< RFC 3339 instant or date; empty = the beginning
  std::string to;       ///< the same; empty = up to the head
  std::optional<std::uint64_t> from_height;
  std::optional<std::uint64_t> to_height;
  LogReader reader{};
};

/// What a verified statement says.
struct StatementReport {
  std::string chain;
  std::string patient;
  std::string unit;  ///< of the range: "time" (milliseconds since 1970) or "height"
  std::uint64_t from = 0;
  std::optional<std::uint64_t> to;
  std::uint64_t height = 0;  ///< of the certified block: what came later is not in the statement
  std::uint64_t time_ms = 0;
  std::string block_hash;
  std::size_t signatures = 0;
  std::size_t quorum = 0;
  std::uint64_t log_size = 0;       ///< entries in the whole log; 0: there never was an access
  bool may_grow = false;            ///< later blocks may still add entries to the range
  std::vector<AccessView> entries;  ///< every one of the range, oldest first
};

struct StatementFile {
  std::vector<std::uint8_t> bytes;
  StatementReport report;
};

/// Which accesses to show; all that are set must hold.
struct AccessFilter {
  bool emergency = false;    ///< purpose BTG, or permitted by break-glass
  bool denied = false;       ///< of each entry the refused records only; refused readings too
  bool accounting = false;   ///< what belongs into an accounting of disclosures
  std::string organisation;  ///< name or id; empty = every one
};

/// The entries that the filter lets through, without decisions that it does not; entries without
/// any decision left are gone.
[[nodiscard]] std::vector<AccessView> filtered(std::vector<AccessView> entries,
                                               const AccessFilter& filter);

}  // namespace galen::client
