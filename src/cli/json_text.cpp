#include "cli/json_text.h"

#include "cli/decisions_text.h"

#include <nlohmann/json.hpp>

namespace galen::cli::json {

namespace {

using Json = nlohmann::ordered_json;

// Texts come from this program and from other members: what is no UTF-8 is replaced, never thrown.
std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class T>
Json optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json(const client::Committed& committed) {
  Json json{{"transaction", committed.tx_id}, {"height", committed.height}};
  if (!committed.block_hash.empty()) json["block"] = committed.block_hash;
  return json;
}

Json to_json(const client::NodeStatus& status) {
  Json json{{"organisation", status.organisation},
            {"address", status.address},
            {"reachable", status.reachable}};
  if (!status.note.empty()) json["note"] = status.note;
  if (!status.reachable) return json;
  json["version"] = status.version;
  json["consortium"] = status.consortium;
  json["chain"] = status.chain;
  json["height"] = status.height;
  json["block"] = status.block_hash;
  json["state_root"] = status.state_root;
  json["time_ms"] = status.time_ms;
  json["view"] = status.view;
  json["primary"] = status.primary;
  json["voting"] = status.voting;
  json["fresh"] = status.fresh;
  json["pool_transactions"] = status.pool_transactions;
  json["transactions_total"] = status.transactions_total;
  json["uptime_ms"] = status.uptime_ms;
  json["evidence"] = status.evidence;
  json["peers"] = Json::array();
  for (const auto& peer : status.peers) {
    json["peers"].push_back({{"organisation", peer.organisation},
                             {"connected", peer.connected},
                             {"height", peer.height}});
  }
  return json;
}

Json to_json(const client::BlockView& block) {
  return {{"height", block.height},
          {"hash", block.hash},
          {"parent", block.parent},
          {"time_ms", block.time_ms},
          {"proposer", block.proposer},
          {"state_root", block.state_root},
          {"transactions_root", block.transactions_root},
          {"receipts_root", block.receipts_root},
          {"signers", block.signers},
          {"transactions", block.transactions}};
}

Json to_json(const client::PutResult& put) {
  return {{"record", put.record},
          {"address", put.address},
          {"size", put.size},
          {"stored_time_ms", put.stored_time_ms},
          {"committed", to_json(put.committed)}};
}

Json to_json(const client::RecordView& record) {
  return {{"record", record.record},
          {"patient", record.patient},
          {"custodian", record.custodian},
          {"class", record.record_class},
          {"confidentiality", record.confidentiality},
          {"labels", record.labels},
          {"labels_key_id", optional(record.labels_key_id)},
          {"service_date", record.service_date},
          {"mime_type", record.mime_type},
          {"size", record.size},
          {"address", record.address},
          {"status", record.status},
          {"related", record.related},
          {"created_ms", record.created_ms}};
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json to_json(const client::GrantView& grant) {
  return {{"patient", text_or_null(grant.patient)},
          {"grant", text_or_null(grant.grant)},
          {"effect", grant.permit ? "permit" : "deny"},
          {"status", grant.status},
          {"to", grant.grantee},
          {"purposes", grant.purposes},
          {"actions", grant.actions},
          {"classes", grant.classes},
          {"confidentiality", grant.confidentiality},
          {"labels", grant.labels},
          {"labels_key_id", optional(grant.labels_key_id)},
          {"from_ms", grant.from_ms},
          {"until_ms", optional(grant.until_ms)},
          {"ended_ms", optional(grant.ended_ms)},
          {"max_uses", optional(grant.max_uses)},
          {"uses_left", optional(grant.uses_left)},
          {"data_from", text_or_null(grant.data_from)},
          {"data_to", text_or_null(grant.data_to)},
          {"data", grant.data},
          {"regions", grant.regions},
          {"erase_by_ms", optional(grant.erase_by_ms)},
          {"given_by", text_or_null(grant.given_by)},
          {"forbid_emergency", grant.forbid_emergency},
          {"follow", grant.follow},
          {"group_version", optional(grant.group_version)},
          {"policy", text_or_null(grant.policy)},
          {"terms_commitment", text_or_null(grant.terms_commitment)},
          {"acknowledge_shadowed", optional(grant.acknowledge_shadowed)},
          {"sequence", optional(grant.sequence)},
          {"proxy", text_or_null(grant.proxy)}};
}

Json to_json(const client::CheckView& check) {
  return {{"record", check.record},
          {"permit", check.permit},
          {"rule", check.reason},
          {"grant", check.grant.empty() ? Json(nullptr) : Json(check.grant)},
          {"obligations", check.obligations}};
}

Json to_json(const client::AccessView& access) {
  Json decisions = Json::array();
  for (const auto& decision : access.decisions) {
    decisions.push_back({{"record", decision.record},
                         {"permit", decision.permit},
                         {"rule", decision.reason},
                         {"grant", decision.grant.empty() ? Json(nullptr) : Json(decision.grant)},
                         {"obligations", decision.obligations},
                         {"accounting", decision.accounting}});
  }
  Json json{{"index", access.index},
            {"time_ms", access.time_ms},
            {"height", access.height},
            {"organisation", access.organisation},
            {"person", access.person},
            {"role", access.role},
            {"purpose", access.purpose},
            {"action", access.action},
            {"decisions", decisions},
            {"organisation_id", access.organisation_id},
            {"request", access.request},
            {"late", access.late},
            {"kind", access.kind}};
  if (access.kind == "audit-read") {
    json["permit"] = access.permit;
    json["rule"] = access.reason;
    json["from_ms"] = access.from_ms;
    json["to_ms"] = access.to_ms;
  } else if (access.kind == "asked") {
    json["asked"] = access.asked;
    json["recipient"] = access.recipient.empty() ? Json(nullptr) : Json(access.recipient);
    json["acted_ms"] = access.acted_ms == 0 ? Json(nullptr) : Json(access.acted_ms);
    json["accounting"] = access.accounting;
    json["permit"] = access.permit;
    json["rule"] = access.reason.empty() ? Json(nullptr) : Json(access.reason);
    json["tx_id"] = access.tx_id;
    json["operation"] = access.operation;
    json["digest"] = access.digest;
  } else if (access.kind != "access") {
    json["records"] = access.records;
    json["recipient"] = access.recipient.empty() ? Json(nullptr) : Json(access.recipient);
    json["acted_ms"] = access.acted_ms;
    json["accounting"] = access.accounting;
  }
  if (!access.late) return json;
  json["journal"] = access.journal;
  json["number"] = access.number;
  json["released_ms"] = access.released_ms;
  json["brought_by"] = access.brought_by.empty() ? Json(nullptr) : Json(access.brought_by);
  return json;
}

Json to_json(const client::ProofReport& report) {
  return {{"kind", report.kind},
          {"subject", report.subject},
          {"present", report.present},
          {"value", report.present ? Json(report.value) : Json(nullptr)},
          {"chain", report.chain},
          {"height", report.height},
          {"time_ms", report.time_ms},
          {"block", report.block_hash},
          {"signatures", report.signatures},
          {"quorum", report.quorum},
          {"written_height", optional(report.written_height)}};
}

Json to_json(const client::EvidenceView& evidence) {
  Json json{{"id", evidence.id},
            {"member", evidence.member},
            {"organisation", evidence.organisation},
            {"vote", evidence.vote},
            {"epoch", evidence.epoch},
            {"height", evidence.height},
            {"view", evidence.view},
            {"blocks", {evidence.first_block, evidence.second_block}}};
  if (evidence.found_ms != 0) json["found_ms"] = evidence.found_ms;
  return json;
}

template <class T>
std::string list_text(const std::vector<T>& values) {
  Json list = Json::array();
  for (const auto& value : values) list.push_back(to_json(value));
  return dump(list);
}

}  // namespace

std::string text(const client::NodeStatus& status) {
  return dump(to_json(status));
}

std::string text(const std::vector<client::NodeStatus>& nodes) {
  return list_text(nodes);
}

std::string text(const client::Registered& registered, const std::string& what) {
  return dump({{what, registered.id}, {"committed", to_json(registered.committed)}});
}

std::string text(const client::Committed& committed) {
  return dump(to_json(committed));
}

std::string text(const std::vector<client::PutResult>& results) {
  return list_text(results);
}

std::string text(const std::vector<client::RecordView>& records) {
  return list_text(records);
}

std::string text(const client::GetResult& result) {
  Json json{{"record", result.record},
            {"address", result.address},
            {"size", result.size},
            {"custodian", result.content_checked ? Json(result.delivered_by) : Json(nullptr)},
            {"delivered_by", result.delivered_by},
            {"obligations", result.obligations},
            {"content_checked", result.content_checked}};
  if (result.emergency) {
    json["emergency"] = {{"journal", result.emergency->journal},
                         {"number", result.emergency->number},
                         {"entry", result.emergency->entry}};
  } else {
    json["access"] = to_json(result.access);
  }
  return dump(json);
}

std::string text(const client::GrantView& grant) {
  return dump(to_json(grant));
}

std::string text(const std::vector<client::GrantView>& grants) {
  return list_text(grants);
}

std::string text(const client::TextCommitment& made) {
  return dump({{"salt", made.salt}, {"commitment", made.commitment}});
}

std::string text(const client::ImportResult& result) {
  Json grants = Json::array();
  for (const auto& grant : result.grants) grants.push_back(to_json(grant));
  Json issues = Json::array();
  for (const auto& issue : result.issues) {
    issues.push_back({{"severity", issue.severity},
                      {"code", issue.code},
                      {"location", issue.location},
                      {"diagnostics", issue.diagnostics}});
  }
  return dump({{"grants", std::move(grants)},
               {"supersedes", result.supersedes},
               {"issues", std::move(issues)},
               {"effects", result.effects ? Json::parse(text(*result.effects)) : Json(nullptr)},
               {"committed", result.committed ? to_json(*result.committed) : Json(nullptr)}});
}

std::string text(const std::vector<client::CheckView>& checks) {
  return list_text(checks);
}

std::string text(const std::vector<client::AccessView>& accesses) {
  return list_text(accesses);
}

std::string text(const client::StatementReport& report, bool with_entries) {
  Json json{{"chain", report.chain},
            {"patient", report.patient},
            {"unit", report.unit},
            {"from", report.from},
            {"to", optional(report.to)},
            {"height", report.height},
            {"time_ms", report.time_ms},
            {"block", report.block_hash},
            {"signatures", report.signatures},
            {"quorum", report.quorum},
            {"log_size", report.log_size},
            {"may_grow", report.may_grow},
            {"accesses", report.entries.size()}};
  if (with_entries) {
    json["entries"] = Json::array();
    for (const auto& entry : report.entries) json["entries"].push_back(to_json(entry));
  }
  return dump(json);
}

std::string text(const client::TransactionView& transaction) {
  Json operations = Json::array();
  for (const auto& operation : transaction.operations) {
    Json& item = operations.emplace_back(
        Json{{"type", operation.type.empty() ? Json(nullptr) : Json(operation.type)},
             {"result", operation.result.empty() ? Json(nullptr) : Json(operation.result)}});
    if (operation.digest.empty()) continue;
    item["patient"] = operation.patient;
    item["records"] = operation.records;
    item["digest"] = operation.digest;
  }
  return dump({{"transaction", transaction.tx_id},
               {"ok", transaction.ok},
               {"height", transaction.height},
               {"index", transaction.index},
               {"time_ms", transaction.time_ms},
               {"submitter", transaction.submitter},
               {"class", transaction.tx_class},
               {"operations", operations}});
}

std::string text(const client::BlockView& block) {
  return dump(to_json(block));
}

std::string text(const std::vector<client::BlockView>& blocks) {
  return list_text(blocks);
}

std::string text(const client::ProofReport& report) {
  return dump(to_json(report));
}

std::string text(const client::SealReport& report) {
  return dump({{"organisation", report.organisation},
               {"height", report.height},
               {"proof", to_json(report.grant)}});
}

std::string text(const std::vector<client::EvidenceView>& evidence) {
  return list_text(evidence);
}

std::string text(const client::EvidenceView& evidence) {
  return dump(to_json(evidence));
}

std::string text(const client::EvidenceReport& report) {
  Json json{{"kind", report.kind}, {"chain", report.chain}};
  if (report.votes) {
    json["evidence"] = to_json(*report.votes);
    return dump(json);
  }
  json["reason"] = report.reason;
  json["certificates"] = Json::array();
  for (const auto& certificate : report.certificates) {
    json["certificates"].push_back({{"height", certificate.height},
                                    {"view", certificate.view},
                                    {"block", certificate.block},
                                    {"signers", certificate.signers}});
  }
  json["in_both"] = report.in_both;
  return dump(json);
}

std::string text(const std::vector<std::string>& texts) {
  return dump(Json(texts));
}

std::string version_text(const std::string& version) {
  return dump({{"version", version}});
}

}  // namespace galen::cli::json
