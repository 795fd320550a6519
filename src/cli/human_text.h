// Results for people. Ids are shortened in tables unless `full`. Thread rule: functions from any
// thread.
#pragma once

#include "galen/audit.h"
#include "galen/client.h"
#include "galen/erasure.h"
#include "galen/evidence.h"

#include <string>
#include <vector>

namespace galen::cli::human {

[[nodiscard]] std::string text(const client::NodeStatus& status);
[[nodiscard]] std::string text(const std::vector<client::NodeStatus>& nodes, bool full);
[[nodiscard]] std::string text(const client::Registered& registered, const std::string& what);
[[nodiscard]] std::string text(const client::Committed& committed);
[[nodiscard]] std::string text(const client::TextCommitment& made);
[[nodiscard]] std::string text(const std::vector<client::PutResult>& results, bool full);
[[nodiscard]] std::string text(const std::vector<client::RecordView>& records, bool full);
[[nodiscard]] std::string text(const client::GetResult& result, const std::string& out);
[[nodiscard]] std::string text(const std::vector<client::GrantView>& grants, bool full);
[[nodiscard]] std::string text(const client::ImportResult& result, bool full);
[[nodiscard]] std::string text(const std::vector<client::CheckView>& checks, bool full);
[[nodiscard]] std::string text(const std::vector<client::AccessView>& accesses, bool full);
/// Without its entries.
[[nodiscard]] std::string text(const client::StatementReport& report);
[[nodiscard]] std::string text(const client::TransactionView& transaction);
[[nodiscard]] std::string text(const client::BlockView& block);
[[nodiscard]] std::string text(const std::vector<client::BlockView>& blocks, bool full);
[[nodiscard]] std::string text(const client::ProofReport& report);
[[nodiscard]] std::string text(const client::SealReport& report);
[[nodiscard]] std::string text(const std::vector<client::EvidenceView>& evidence);
[[nodiscard]] std::string text(const client::EvidenceView& evidence);
[[nodiscard]] std::string text(const client::EvidenceReport& report);

}  // namespace galen::cli::human
