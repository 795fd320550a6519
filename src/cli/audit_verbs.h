// The verbs of `galen audit`. Each returns the exit code of docs/cli.md. Thread rule: one thread.
#pragma once

#include "cli/common_options.h"
#include "galen/audit.h"
#include "galen/events.h"

#include <string>

namespace galen::cli {

[[nodiscard]] int list_access(const CommonOptions& common,
                              const client::AccessListOptions& options,
                              const client::AccessFilter& filter,
                              bool in_words);
[[nodiscard]] int list_own_accesses(const CommonOptions& common,
                                    const client::OwnAccessOptions& options);
[[nodiscard]] int get_statement(const CommonOptions& common,
                                const client::StatementOptions& options,
                                const std::string& out);

/// A statement file and the genesis file to verify it with: what follows needs no profile, and
/// believes nothing of a file that does not verify.
struct StatementSource {
  std::string file;
  std::string genesis;
};

[[nodiscard]] int verify_statement(const CommonOptions& common, const StatementSource& source);
[[nodiscard]] int show_statement(const CommonOptions& common,
                                 const StatementSource& source,
                                 const client::AccessFilter& filter,
                                 bool in_words);
/// `format`: fhir or csv.
[[nodiscard]] int export_statement(const CommonOptions& common,
                                   const StatementSource& source,
                                   const std::string& format,
                                   const std::string& out);

}  // namespace galen::cli
