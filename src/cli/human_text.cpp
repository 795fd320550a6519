#include "cli/human_text.h"

#include "cli/decisions_text.h"
#include "cli/table.h"

namespace galen::cli::human {

namespace {

std::string late_text(const client::AccessView& access) {
  if (!access.late) return "";
  return access.brought_by.empty() ? " (late)" : " (late, by " + access.brought_by + ")";
}

std::string yes_no(bool value) {
  return value ? "yes" : "no";
}

std::string peers_text(const client::NodeStatus& status) {
  std::string text;
  for (const auto& peer : status.peers) {
    text += (text.empty() ? "" : ", ") + peer.organisation +
            (peer.connected ? " at " + std::to_string(peer.height) : " not connected");
  }
  return text.empty() ? "-" : text;
}

std::string place_text(const client::StatementReport& report, std::uint64_t place) {
  return report.unit == "time" ? instant_text(place) : "height " + std::to_string(place);
}

std::string person_text(const client::AccessView& access, bool full) {
  if (access.role == "organisation") return "itself";
  return access.person.empty() ? "not told" : short_id(access.person, full);
}

/// An entry of the log's table that is about no record.
std::vector<std::string> act_line(const client::AccessView& access, bool full) {
  const bool is_reading = access.kind == "audit-read";
  const bool is_asked = access.kind == "asked";
  const bool is_judged = is_reading || (is_asked && !access.reason.empty());
  std::string records;
  for (const auto& record : access.records) {
    records += (records.empty() ? "" : " ") + short_id(record, full);
  }
  std::string rule = access.reason;
  if (!access.recipient.empty()) rule = "to " + access.recipient;
  if (access.accounting) rule += " (accounting)";
  return {std::to_string(access.index),
          instant_text(access.time_ms),
          access.organisation,
          person_text(access, full),
          access.purpose + late_text(access),
          is_reading ? "read log"
          : is_asked ? "asked: " + access.action
                     : access.kind,
          is_asked          ? "tx " + short_id(access.tx_id, full)
          : records.empty() ? "-"
                            : records,
          is_judged ? (access.permit ? "permit" : "deny") : "-",
          rule.empty() ? "-" : rule};
}

std::string evidence_text(const client::NodeStatus& status) {
  if (status.evidence == 0) return "none";
  return std::to_string(status.evidence) + " against validators (see galen evidence list)";
}

std::string classes_text(const client::GrantView& grant) {
  return grant.classes.size() >= 11 ? "*" : joined(grant.classes);
}

/// Those that a grant or denial has when none were asked for (docs/cli.md, "Consent options").
bool has_usual_actions(const client::GrantView& grant) {
  const std::vector<std::string> looking{"DISCOVER", "READ"};
  return grant.permit ? grant.actions == looking : grant.actions.size() >= 4;
}

std::string actions_text(const client::GrantView& grant) {
  std::string text;
  for (const auto& action : grant.actions) text += (text.empty() ? "" : "+") + action;
  return text;
}

/// "MEANING:ID" with as much of the id as tables show.
std::string data_text(const std::string& limit, bool full) {
  const std::size_t id = limit.find(':') + 1;
  return limit.substr(0, id) + short_id(limit.substr(id), full);
}

std::string uses_text(const client::GrantView& grant) {
  const std::string most = std::to_string(*grant.max_uses) + " uses";
  return grant.uses_left ? std::to_string(*grant.uses_left) + " of " + most + " left" : most;
}

/// What has no column of its own. Nothing is said of the usual actions, nor of what is not set:
/// then there is no such limit (docs/cli.md, "LIMITS").
std::string limits_text(const client::GrantView& grant, bool full) {
  std::vector<std::string> limits;
  if (!has_usual_actions(grant)) limits.push_back(actions_text(grant));
  for (const auto& limit : grant.data) limits.push_back(data_text(limit, full));
  if (!grant.data_from.empty()) limits.push_back("dated from " + grant.data_from);
  if (!grant.data_to.empty()) limits.push_back("dated before " + grant.data_to);
  if (grant.max_uses) limits.push_back(uses_text(grant));
  if (grant.erase_by_ms) limits.push_back("erase by " + instant_text(*grant.erase_by_ms));
  if (grant.forbid_emergency) limits.emplace_back("even break-glass");
  if (grant.group_version) {
    const std::string version = "version " + std::to_string(*grant.group_version);
    limits.push_back(grant.follow ? version + " and later" : version);
  }
  return joined(limits);
}

}  // namespace

std::string text(const client::NodeStatus& status) {
  std::string voting = yes_no(status.voting);
  if (!status.note.empty()) voting += " (" + status.note + ")";
  return fields_text({{"node", status.organisation + " at " + status.address},
                      {"version", status.version},
                      {"consortium", status.consortium},
                      {"chain", status.chain},
                      {"height", std::to_string(status.height)},
                      {"block", status.block_hash},
                      {"state root", status.state_root},
                      {"block time", instant_text(status.time_ms)},
                      {"view", std::to_string(status.view) + ", primary " + status.primary},
                      {"voting", voting},
                      {"current", yes_no(status.fresh)},
                      {"transactions", std::to_string(status.transactions_total)},
                      {"waiting", std::to_string(status.pool_transactions)},
                      {"evidence", evidence_text(status)},
                      {"peers", peers_text(status)}});
}

std::string text(const std::vector<client::NodeStatus>& nodes, bool full) {
  Table table({"NODE", "ADDRESS", "HEIGHT", "BLOCK", "STATE ROOT", "VIEW", "VOTING", "NOTE"});
  for (const auto& node : nodes) {
    if (!node.reachable) {
      table.add({node.organisation, node.address, "-", "-", "-", "-", "-", node.note});
      continue;
    }
    table.add({node.organisation,
               node.address,
               std::to_string(node.height),
               short_id(node.block_hash, full),
               short_id(node.state_root, full),
               std::to_string(node.view),
               yes_no(node.voting),
               node.note.empty() ? "-" : node.note});
  }
  return table.text();
}

std::string text(const client::Registered& registered, const std::string& what) {
  return fields_text({{what, registered.id},
                      {"transaction", registered.committed.tx_id},
                      {"height", std::to_string(registered.committed.height)}});
}

std::string text(const client::TextCommitment& made) {
  return fields_text({{"salt", made.salt}, {"commitment", made.commitment}});
}

std::string text(const client::Committed& committed) {
  return fields_text(
      {{"transaction", committed.tx_id}, {"height", std::to_string(committed.height)}});
}

std::string text(const std::vector<client::PutResult>& results, bool full) {
  if (results.size() == 1) {
    const auto& put = results.front();
    return fields_text({{"record", put.record},
                        {"address", put.address},
                        {"size", size_text(put.size)},
                        {"stored", instant_text(put.stored_time_ms)},
                        {"transaction", put.committed.tx_id},
                        {"height", std::to_string(put.committed.height)}});
  }
  Table table({"RECORD", "SIZE", "ADDRESS", "HEIGHT"});
  for (const auto& put : results) {
    // The record's id is what the user needs next: always whole.
    table.add({put.record,
               size_text(put.size),
               short_id(put.address, full),
               std::to_string(put.committed.height)});
  }
  return table.text();
}

std::string text(const std::vector<client::RecordView>& records, bool full) {
  Table table({"RECORD", "CLASS", "CONF", "LABELS", "SERVICE", "SIZE", "CUSTODIAN", "STATUS"});
  for (const auto& record : records) {
    table.add({short_id(record.record, full),
               record.record_class,
               record.confidentiality,
               joined(record.labels),
               record.service_date,
               size_text(record.size),
               record.custodian,
               record.status});
  }
  return table.text();
}

std::string text(const client::GetResult& result, const std::string& out) {
  const std::string checked =
      result.content_checked
          ? "address, content commitment and custodian"
          : "nothing but what " + result.delivered_by +
                " says: the index entry is not yours to see, or names what is not";
  std::vector<std::pair<std::string, std::string>> fields{
      {"record", result.record},
      {"written to", out},
      {"size", size_text(result.size)},
      {result.content_checked ? "custodian" : "delivered by", result.delivered_by},
      {"verified", checked},
      {"obligations", joined(result.obligations)}};
  if (result.emergency) {
    fields.emplace_back("journal", result.emergency->journal);
    fields.emplace_back("entry", std::to_string(result.emergency->number));
  } else {
    fields.emplace_back("access entry", result.access.tx_id);
    fields.emplace_back("height", std::to_string(result.access.height));
  }
  return fields_text(fields);
}

std::string text(const std::vector<client::GrantView>& grants, bool full) {
  Table table({"PATIENT",
               "GRANT",
               "EFFECT",
               "STATUS",
               "TO",
               "PURPOSES",
               "CLASSES",
               "CONF",
               "LABELS",
               "FROM",
               "UNTIL",
               "LIMITS"});
  for (const auto& grant : grants) {
    const std::string where = grant.regions.empty() ? "" : " in " + joined(grant.regions);
    table.add({short_id(grant.patient, full),
               short_id(grant.grant, full),
               grant.permit ? "permit" : "deny",
               grant.status + (grant.given_by == "custodian" ? " (paper)" : ""),
               short_id(grant.grantee, full) + where,
               joined(grant.purposes),
               classes_text(grant),
               grant.confidentiality,
               joined(grant.labels),
               instant_text(grant.from_ms),
               grant.until_ms ? instant_text(*grant.until_ms) : "no end",
               limits_text(grant, full)});
  }
  return table.text();
}

std::string text(const client::ImportResult& result, bool full) {
  Table table({"GRANT",
               "EFFECT",
               "TO",
               "PURPOSES",
               "CLASSES",
               "CONF",
               "LABELS",
               "FROM",
               "UNTIL",
               "LIMITS"});
  for (const auto& grant : result.grants) {
    table.add({grant.grant.empty() ? "not signed" : short_id(grant.grant, full),
               grant.permit ? "permit" : "deny",
               short_id(grant.grantee, full),
               joined(grant.purposes),
               classes_text(grant),
               grant.confidentiality,
               joined(grant.labels),
               instant_text(grant.from_ms),
               grant.until_ms ? instant_text(*grant.until_ms) : "no end",
               limits_text(grant, full)});
  }
  std::string out = table.text();
  for (const auto& id : result.supersedes) out += "ends " + short_id(id, full) + "\n";
  for (const auto& issue : result.issues) {
    out += visible(issue.severity + ": " + issue.location + ": " + issue.diagnostics) + "\n";
  }
  if (result.effects) out += "\n" + text(*result.effects, full);
  return result.committed ? out + text(*result.committed) : out;
}

std::string text(const std::vector<client::CheckView>& checks, bool full) {
  Table table({"RECORD", "DECISION", "RULE", "GRANT", "OBLIGATIONS"});
  for (const auto& check : checks) {
    table.add({short_id(check.record, full),
               check.permit ? "permit" : "deny",
               check.reason,
               check.grant.empty() ? "-" : short_id(check.grant, full),
               joined(check.obligations)});
  }
  return table.text();
}

std::string text(const std::vector<client::AccessView>& accesses, bool full) {
  Table table(
      {"#", "TIME", "ORGANISATION", "PERSON", "PURPOSE", "ACTION", "RECORD", "DECISION", "RULE"});
  for (const auto& access : accesses) {
    if (access.kind != "access") table.add(act_line(access, full));
    for (const auto& decision : access.decisions) {
      table.add({std::to_string(access.index),
                 instant_text(access.time_ms),
                 access.organisation,
                 short_id(access.person, full),
                 access.purpose + late_text(access),
                 access.action,
                 decision.record.empty() ? "-" : short_id(decision.record, full),
                 decision.permit ? "permit" : "deny",
                 decision.reason + (decision.accounting ? " (accounting)" : "")});
    }
  }
  return table.text();
}

std::string text(const client::StatementReport& report) {
  const std::string from = report.from == 0 ? "the beginning" : place_text(report, report.from);
  const std::string to = report.to ? "before " + place_text(report, *report.to) : "the block below";
  const std::string complete = report.may_grow ? "up to the block below" : "for the whole range";
  const std::string log = report.log_size == 0 ? "no log in this state: never written, or erased"
                                               : std::to_string(report.log_size);
  return fields_text(
      {{"patient", report.patient},
       {"from", from},
       {"to", to},
       {"accesses", std::to_string(report.entries.size())},
       {"in the whole log", log},
       {"complete", complete},
       {"at height", std::to_string(report.height) + ", " + instant_text(report.time_ms)},
       {"block", report.block_hash},
       {"signatures",
        std::to_string(report.signatures) + " of validators, " + std::to_string(report.quorum) +
            " needed"},
       {"chain", report.chain}});
}

std::string text(const client::TransactionView& transaction) {
  std::vector<std::pair<std::string, std::string>> fields{
      {"transaction", transaction.tx_id},
      {"result", transaction.ok ? "ok" : "rejected"},
      {"height",
       std::to_string(transaction.height) + ", place " + std::to_string(transaction.index)},
      {"time", instant_text(transaction.time_ms)},
      {"submitter", transaction.submitter},
      {"class", transaction.tx_class}};
  for (std::size_t i = 0; i < transaction.operations.size(); ++i) {
    const auto& operation = transaction.operations[i];
    const std::string what = operation.type.empty() ? "erased, or not for you" : operation.type;
    fields.emplace_back("operation " + std::to_string(i),
                        what + (operation.result.empty() ? "" : ": " + operation.result));
    if (operation.digest.empty()) continue;
    fields.emplace_back("  patient or log", operation.patient);
    for (const auto& record : operation.records) fields.emplace_back("  record", record);
    fields.emplace_back("  digest", operation.digest);
  }
  return fields_text(fields);
}

std::string text(const client::BlockView& block) {
  std::string text = fields_text({{"height", std::to_string(block.height)},
                                  {"hash", block.hash},
                                  {"parent", block.parent},
                                  {"time", instant_text(block.time_ms)},
                                  {"proposer", block.proposer},
                                  {"state root", block.state_root},
                                  {"transactions root", block.transactions_root},
                                  {"receipts root", block.receipts_root},
                                  {"signed by", joined(block.signers)},
                                  {"transactions", std::to_string(block.transactions.size())}});
  for (const auto& id : block.transactions) text += "  " + id + "\n";
  return text;
}

std::string text(const std::vector<client::BlockView>& blocks, bool full) {
  Table table({"HEIGHT", "TIME", "PROPOSER", "TRANSACTIONS", "BLOCK", "STATE ROOT"});
  for (const auto& block : blocks) {
    table.add({std::to_string(block.height),
               instant_text(block.time_ms),
               block.proposer,
               std::to_string(block.transactions.size()),
               short_id(block.hash, full),
               short_id(block.state_root, full)});
  }
  return table.text();
}

std::string text(const client::ProofReport& report) {
  std::vector<std::pair<std::string, std::string>> fields{
      {"proven", report.subject + (report.present ? " is present" : " is absent")}};
  if (!report.value.empty()) fields.emplace_back("value", report.value);
  fields.emplace_back("at height",
                      std::to_string(report.height) + ", " + instant_text(report.time_ms));
  if (report.written_height) {
    fields.emplace_back("written at height", std::to_string(*report.written_height));
  }
  fields.emplace_back("block", report.block_hash);
  fields.emplace_back("signatures",
                      std::to_string(report.signatures) + " of validators, " +
                          std::to_string(report.quorum) + " needed");
  fields.emplace_back("chain", report.chain);
  return fields_text(fields);
}

std::string text(const client::SealReport& report) {
  return fields_text({{"receipt", "unchanged: its text is the word of " + report.organisation},
                      {"key proven at", "height " + std::to_string(report.height)},
                      {"the ledger says", "as follows"}}) +
         text(report.grant);
}

std::string text(const std::vector<client::EvidenceView>& evidence) {
  Table table({"ID", "MEMBER", "VOTE", "HEIGHT", "VIEW", "FOUND"});
  for (const auto& piece : evidence) {
    // The id is what `evidence export` needs: always whole.
    table.add({piece.id,
               piece.organisation,
               piece.vote,
               std::to_string(piece.height),
               std::to_string(piece.view),
               instant_text(piece.found_ms)});
  }
  return table.text();
}

std::string text(const client::EvidenceView& evidence) {
  return fields_text(
      {{"evidence", evidence.id},
       {"against", evidence.organisation + ", validator " + std::to_string(evidence.member)},
       {"signed twice",
        evidence.vote + " at height " + std::to_string(evidence.height) + ", view " +
            std::to_string(evidence.view) + ", epoch " + std::to_string(evidence.epoch)},
       {"for block", evidence.first_block},
       {"and block", evidence.second_block}});
}

std::string text(const client::EvidenceReport& report) {
  if (report.votes) return text(*report.votes) + fields_text({{"chain", report.chain}});
  const bool proves = report.certificates.size() > 1;
  std::vector<std::pair<std::string, std::string>> fields{
      {"fail-stop", proves ? "two certified histories" : "no contradiction is proven"},
      {"as its writer says", report.reason}};
  for (const auto& certificate : report.certificates) {
    fields.emplace_back(
        "certified",
        "block " + certificate.block + " at height " + std::to_string(certificate.height) +
            ", view " + std::to_string(certificate.view) + ", by " + joined(certificate.signers));
  }
  if (proves) fields.emplace_back("signed both", joined(report.in_both));
  fields.emplace_back("chain", report.chain);
  return fields_text(fields);
}

}  // namespace galen::cli::human
