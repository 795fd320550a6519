// The verbs that talk to a node, one function each: open the profile, call the client library,
// print. Each returns the exit code of docs/cli.md. Thread rule: one thread.
#pragma once

#include "cli/common_options.h"
#include "galen/consent_import.h"
#include "galen/decisions.h"
#include "galen/own_queries.h"
#include "galen/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::cli {

[[nodiscard]] int show_status(const CommonOptions& common, bool all);

[[nodiscard]] int register_patient(const CommonOptions& common,
                                   const client::PatientOptions& options);
[[nodiscard]] int register_practitioner(const CommonOptions& common,
                                        const client::PractitionerOptions& options);
[[nodiscard]] int list_people(const CommonOptions& common, const std::string& kind);

[[nodiscard]] int put_records(const CommonOptions& common,
                              const client::PutOptions& options,
                              const std::vector<std::string>& files);
/// `proofs`: a directory for the proof of each entry that is shown.
[[nodiscard]] int list_records(const CommonOptions& common,
                               const client::ListOptions& options,
                               const std::optional<std::string>& proofs);
[[nodiscard]] int get_record(const CommonOptions& common, const client::GetOptions& options);

/// Exit code 7 when `expected` is given and is another commitment.
[[nodiscard]] int commit_text(const CommonOptions& common,
                              const std::string& file,
                              const std::string& salt,
                              const std::optional<std::string>& expected);
[[nodiscard]] int grant_access(const CommonOptions& common, const client::ConsentOptions& options);
[[nodiscard]] int simulate_consent(const CommonOptions& common,
                                   const client::SimulateOptions& options);
[[nodiscard]] int revoke_access(const CommonOptions& common, const client::RevokeOptions& options);
/// Reads the FHIR consent in `file`. A consent that is refused: one line per error, or with JSON
/// output the OperationOutcome on stdout; code 1.
[[nodiscard]] int import_consent(const CommonOptions& common,
                                 const client::ImportOptions& options,
                                 const std::string& file);
/// `proofs` as in list_records.
[[nodiscard]] int list_grants(const CommonOptions& common,
                              const client::ListGrantsOptions& options,
                              const std::optional<std::string>& proofs);
[[nodiscard]] int check_access(const CommonOptions& common, const client::CheckOptions& options);

[[nodiscard]] int get_transaction(const CommonOptions& common, const std::string& tx_id);
[[nodiscard]] int get_block(const CommonOptions& common, std::uint64_t height);
[[nodiscard]] int list_blocks(const CommonOptions& common,
                              std::optional<std::uint64_t> from,
                              std::uint64_t count);

[[nodiscard]] int get_proof(const CommonOptions& common,
                            const client::ProofQuery& query,
                            const std::string& out);
/// Needs no profile.
[[nodiscard]] int verify_proof(const CommonOptions& common,
                               const std::string& file,
                               const std::string& genesis);

/// Everybody's when `member` is empty.
[[nodiscard]] int list_evidence(const CommonOptions& common, const std::string& member);
[[nodiscard]] int export_evidence(const CommonOptions& common,
                                  const std::string& id,
                                  const std::string& out);
/// Needs no profile.
[[nodiscard]] int verify_evidence(const CommonOptions& common,
                                  const std::string& file,
                                  const std::string& genesis);

[[nodiscard]] int show_version(const CommonOptions& common);

}  // namespace galen::cli
