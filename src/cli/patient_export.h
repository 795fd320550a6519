// `galen patient export`: everything the ledger has of a patient as one FHIR R4 Bundle, written
// piece by piece (docs/cli.md "Export of a patient"). Thread rule: one thread.
#pragma once

#include "cli/common_options.h"
#include "cli/new_file.h"
#include "galen/patient_export.h"

#include <string>

namespace galen::cli {

/// Writes a Bundle (collection) while its resources come.
class BundleWriter final : public client::ExportSink {
 public:
  explicit BundleWriter(NewFile& file) : file_(file) {}

  [[nodiscard]] bool take(const std::string& full_url, const std::string& resource) override;
  [[nodiscard]] bool take(const client::StatementReport& accesses) override;

  /// What stands behind the last entry: chain, block and time of the export.
  [[nodiscard]] bool finish(const client::ExportReport& report);

  [[nodiscard]] std::uint64_t entries() const { return entries_; }

 private:
  NewFile& file_;
  std::uint64_t entries_ = 0;
};

[[nodiscard]] int export_patient(const CommonOptions& common,
                                 const client::ExportOptions& options,
                                 const std::string& out);

}  // namespace galen::cli
