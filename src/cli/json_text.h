// Results as JSON for programs: stable names and types (docs/cli.md "JSON"). Each function gives
// one line without a line end. Thread rule: functions from any thread.
#pragma once

#include "galen/audit.h"
#include "galen/client.h"
#include "galen/erasure.h"
#include "galen/evidence.h"

#include <string>
#include <vector>

namespace galen::cli::json {

[[nodiscard]] std::string text(const client::NodeStatus& status);
[[nodiscard]] std::string text(const std::vector<client::NodeStatus>& nodes);
[[nodiscard]] std::string text(const client::Registered& registered, const std::string& what);
[[nodiscard]] std::string text(const client::Committed& committed);
[[nodiscard]] std::string text(const std::vector<client::PutResult>& results);
[[nodiscard]] std::string text(const std::vector<client::RecordView>& records);
[[nodiscard]] std::string text(const client::GetResult& result);
[[nodiscard]] std::string text(const std::vector<client::GrantView>& grants);
[[nodiscard]] std::string text(const client::GrantView& grant);
[[nodiscard]] std::string text(const client::ImportResult& result);
[[nodiscard]] std::string text(const client::TextCommitment& made);
[[nodiscard]] std::string text(const std::vector<client::CheckView>& checks);
[[nodiscard]] std::string text(const std::vector<client::AccessView>& accesses);
[[nodiscard]] std::string text(const client::StatementReport& report, bool with_entries);
[[nodiscard]] std::string text(const client::TransactionView& transaction);
[[nodiscard]] std::string text(const client::BlockView& block);
[[nodiscard]] std::string text(const std::vector<client::BlockView>& blocks);
[[nodiscard]] std::string text(const client::ProofReport& report);
[[nodiscard]] std::string text(const client::SealReport& report);
[[nodiscard]] std::string text(const std::vector<client::EvidenceView>& evidence);
[[nodiscard]] std::string text(const client::EvidenceView& evidence);
[[nodiscard]] std::string text(const client::EvidenceReport& report);
[[nodiscard]] std::string text(const std::vector<std::string>& texts);
[[nodiscard]] std::string version_text(const std::string& version);

}  // namespace galen::cli::json
