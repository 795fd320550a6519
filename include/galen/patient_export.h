// Everything the ledger has of a patient, as FHIR R4 resources (docs/cli.md "Export of a patient").
// Values as in galen/types.h. Thread rule: one thread.
#pragma once

#include "galen/audit.h"

#include <cstdint>
#include <string>

namespace galen::client {

struct ExportOptions {
  std::string patient;
  /// The patient's own id: of the record index only what he may discover himself, asked with his
  /// signature. Empty: all of it, as his custodian has it.
  std::string as;
  std::string key_file;  ///< his signing key, when it is not in the profile's people directory
  /// Accesses that are fetched, verified and handed over at once.
  std::uint64_t accesses_at_once = 20'000;
};

/// Takes what an export finds, piece by piece. False ends the export: the piece could not be kept.
class ExportSink {
 public:
  virtual ~ExportSink() = default;

  /// A resource as JSON on one line.
  [[nodiscard]] virtual bool take(const std::string& full_url, const std::string& resource) = 0;
  /// Verified accesses, oldest first: every statement begins where the one before ended.
  [[nodiscard]] virtual bool take(const StatementReport& accesses) = 0;
};

struct ExportReport {
  std::string chain;
  std::string patient;
  std::uint64_t height = 0;  ///< of the block up to which no access is missing
  std::uint64_t time_ms = 0;
  std::string block_hash;
  std::uint64_t grants = 0;
  std::uint64_t records = 0;
  std::uint64_t accesses = 0;  ///< entries of the log
  std::uint64_t proxies = 0;
  std::uint64_t links = 0;
};

}  // namespace galen::client
