#include "cli/decisions_text.h"

#include "cli/code_words.h"
#include "cli/table.h"

#include <array>
#include <map>
#include <nlohmann/json.hpp>

namespace galen::cli {

namespace {

/// Given on paper: who gave it for the patient ends it when he says so, without any key of his.
bool is_on_paper(const client::ReceiptView& receipt) {
  return receipt.given_by == "custodian";
}

/// With whose key. Of the patient's keys the ledger tells who has them now and whether others had
/// them before, not which of these signed.
std::string signature_words(const client::ReceiptView& receipt) {
  const std::string& hospital = receipt.custodian;
  if (is_on_paper(receipt)) return "signed with " + hospital + "'s own key";
  if (receipt.given_by == "proxy") return "signed with the key of who acts for the patient";
  if (receipt.keys_held_by == "custodian") {
    return "signed with a key that " + hospital + " holds for the patient" +
           (receipt.keys_passed_hands ? ", or that others had before" : "");
  }
  if (receipt.keys_passed_hands) {
    return "signed with a key that the patient holds, but that " + hospital +
           " or others held or put in place before";
  }
  return "signed with a key that the patient holds, as " + hospital + " registered it";
}

}  // namespace

namespace human {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string decision_text(const client::CheckView& check) {
  return std::string(check.permit ? "permit" : "deny") + " (" + check.reason + ")";
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string period(const std::string& from, const std::string& to) {
  if (from.empty() && to.empty()) return "any date";
  return "from " + or_dash(from) + " until before " + or_dash(to);
}

constexpr Word kGivers[] = {{"patient", "the patient"},
                            {"proxy", "somebody who acts for the patient"},
                            {"custodian", "the record holder, as the patient signed on paper"}};

std::string giver_words(const client::ReceiptView& receipt) {
  const std::string& proxy = receipt.grant.proxy;
  return word_of(kGivers, receipt.given_by) + (proxy.empty() ? "" : ", " + proxy);
}

std::string how_to_end(const client::ReceiptView& receipt) {
  if (receipt.grant.ended_ms) return "it has ended";
  if (is_on_paper(receipt)) {
    return "tell " + receipt.custodian +
           ", who gave it for you on paper and ends it when you say so";
  }
  return "galen consent revoke " + receipt.grant.grant + " --patient " + receipt.patient +
         "; or ask " + receipt.custodian +
         ", or any other member: each must bring a revocation that you signed";
}

std::string what_follows() {
  return "a revocation counts from its block on; what was disclosed before stays disclosed";
}

/// "treatment (TREAT), research (HRESCH)" or what none of them means.
std::string in_words(const std::vector<std::string>& codes,
                     std::string (*words)(const std::string&),
                     const char* none) {
  std::string text;
  for (const std::string& code : codes) {
    text += (text.empty() ? "" : ", ") + with_code(words(code), code);
  }
  return text.empty() ? none : text;
}

/// "MEANING:ID" as a phrase.
std::string limit_words(const std::string& limit) {
  constexpr Word kMeanings[] = {
      {"instance", "record"}, {"related", "whatever is related to"}, {"authoredby", "written by"}};
  const std::size_t colon = limit.find(':');
  if (colon == std::string::npos) return limit;
  return word_of(kMeanings, limit.substr(0, colon)) + " " + limit.substr(colon + 1);
}

std::string limits_words(const std::vector<std::string>& limits) {
  std::string text;
  for (const std::string& limit : limits) text += (text.empty() ? "" : ", ") + limit_words(limit);
  return text.empty() ? "any" : text;
}

/// REQUIRES: a limit.
std::string uses_words(const client::GrantView& grant) {
  const std::string most = std::to_string(*grant.max_uses);
  return grant.uses_left ? most + ", " + std::to_string(*grant.uses_left) + " left" : most;
}

/// What it has to do with other grants and denials.
void add_others(const client::ReceiptView& receipt, Fields& fields) {
  if (!receipt.supersedes.empty()) fields.emplace_back("replaces", joined(receipt.supersedes));
  if (receipt.grant.acknowledge_shadowed.value_or(false)) {
    fields.emplace_back("denials that overlap", "were accepted: where one holds, it decides");
  }
}

void add_scope(const client::ReceiptView& receipt, Fields& fields) {
  const client::GrantView& grant = receipt.grant;
  fields.insert(
      fields.end(),
      {{"what for", in_words(grant.purposes, purpose_words, "anything")},
       {grant.permit ? "they may" : "they may not", in_words(grant.actions, action_words, "-")},
       {"kinds of records", in_words(grant.classes, class_words, "any")},
       {grant.permit ? "confidentiality up to" : "confidentiality from",
        with_code(confidentiality_words(grant.confidentiality), grant.confidentiality)},
       {grant.permit ? "sensitive records" : "only sensitive records",
        in_words(grant.labels, label_words, grant.permit ? "none" : "no, all")},
       {"service dates", period(receipt.data_from, receipt.data_to)},
       {"only data", limits_words(receipt.limits)},
       {"regions", grant.regions.empty() ? "any" : joined(grant.regions)}});
  if (grant.max_uses) fields.emplace_back("requests covered", uses_words(grant));
  if (grant.erase_by_ms) fields.emplace_back("to be erased by", instant_text(*grant.erase_by_ms));
  if (receipt.forbids_emergency) fields.emplace_back("emergencies", "denied too");
}

/// For, record, now, then, changes.
using DecisionRow = std::array<std::string, 5>;

/// Rows in their order, with the purposes for which they say the same.
std::vector<std::pair<DecisionRow, std::vector<std::string>>> alike(
    const client::SimulateView& view, bool full) {
  std::vector<std::pair<DecisionRow, std::vector<std::string>>> rows;
  std::map<DecisionRow, std::size_t> places;
  for (const auto& decision : view.decisions) {
    std::string subject = short_id(decision.subject, full);
    if (!decision.role.empty()) subject += ", " + decision.role;
    if (!decision.project.empty()) subject += ", project " + short_id(decision.project, full);
    const DecisionRow row{subject,
                          short_id(decision.before.record, full),
                          decision_text(decision.before),
                          decision_text(decision.after),
                          decision.changes() ? "yes" : "no"};
    const auto [place, is_new] = places.try_emplace(row, rows.size());
    if (is_new) rows.emplace_back(row, std::vector<std::string>{});
    rows[place->second].second.push_back(decision.purpose);
  }
  return rows;
}

}  // namespace

std::string text(const client::SimulateView& view, bool full) {
  if (view.result != "ok") {
    const std::string which = view.failed == 0 ? "it" : "number " + std::to_string(view.failed + 1);
    return "the ledger would refuse " + which + ": " + view.result + "\n";
  }
  std::string left_out;
  if (view.left_out != 0) {
    left_out =
        std::to_string(view.left_out) +
        " more practitioners and projects that other grants name were not asked about; see --for\n";
  }
  if (view.decisions.empty()) return "nothing would change for who was asked about\n" + left_out;
  Table table({"FOR", "PURPOSE", "RECORD", "NOW", "THEN", "CHANGES"});
  for (const auto& [row, purposes] : alike(view, full)) {
    const auto& [subject, record, before, after, changes] = row;
    table.add({subject, joined(purposes), record, before, after, changes});
  }
  return table.text() + left_out;
}

std::string text(const client::ExplainView& view) {
  const client::AccessView& access = view.access;
  Fields head;
  if (!view.tx_id.empty()) {
    head = {{"transaction", view.tx_id + (view.is_bound ? "" : ", by the node's word")},
            {"operation", std::to_string(view.operation)}};
  }
  head.insert(head.end(),
              {{"entry", std::to_string(access.index) + " of the patient's log"},
               {"height", std::to_string(access.height)},
               {"time", instant_text(access.time_ms)},
               {"organisation", access.organisation},
               {"person", access.person + ", " + access.role},
               {"purpose", access.purpose + ", " + access.action},
               {"proven at height", std::to_string(view.proven_height)},
               {"looked at height", std::to_string(view.height)}});
  std::string text = fields_text(head);
  for (const auto& finding : view.findings) text += "\n" + visible(finding);
  if (!view.findings.empty()) text += "\n";
  for (const auto& decision : view.decisions) {
    const std::string& record = decision.recorded.record;
    Fields fields{{"record", record.empty() ? "- (a list)" : record},
                  {"decided", decision_text(decision.recorded)},
                  {"obligations", joined(decision.recorded.obligations)}};
    const bool same = decision.replayed && decision.replayed->permit == decision.recorded.permit &&
                      decision.replayed->reason == decision.recorded.reason;
    fields.emplace_back("decided again",
                        decision.replayed ? decision_text(*decision.replayed) +
                                                (same ? ", the same" : ", NOT the same")
                                          : "not possible: " + decision.changed);
    if (!decision.grant.empty()) {
      fields.emplace_back("grant", decision.recorded.grant);
      fields.emplace_back("proven now", decision.grant);
    }
    if (decision.grant_written_height) {
      const bool as_then = *decision.grant_written_height <= access.height;
      fields.emplace_back("written at height",
                          std::to_string(*decision.grant_written_height) +
                              (as_then ? ", as it was then" : ", after the decision"));
    }
    text += "\n" + fields_text(fields);
  }
  return text;
}

std::string text(const std::vector<client::ExplainView>& views) {
  if (views.empty()) return "no access of this patient in that block\n";
  std::string all;
  for (const auto& view : views) all += (all.empty() ? "" : "\n") + text(view);
  return all;
}

std::string text(const client::ReceiptView& receipt) {
  const client::GrantView& grant = receipt.grant;
  Fields fields{{"receipt for", grant.permit ? "a consent" : "a denial"},
                {"id", grant.grant},
                {"status", grant.status},
                {"patient", receipt.patient},
                {"record holder", receipt.custodian},
                {"given by", giver_words(receipt)},
                {"signature", signature_words(receipt)},
                {"brought by", receipt.brought_by},
                {"given", instant_text(receipt.given_ms)},
                {grant.permit ? "who may see" : "who may not see", grant.grantee}};
  if (grant.group_version) {
    fields.emplace_back("members",
                        grant.follow ? "of the group as it is at any time"
                                     : "of version " + std::to_string(*grant.group_version));
  }
  add_scope(receipt, fields);
  add_others(receipt, fields);
  fields.insert(fields.end(),
                {{"from", instant_text(grant.from_ms)},
                 {"until", grant.until_ms ? instant_text(*grant.until_ms) : "no end"},
                 {"ended", grant.ended_ms ? instant_text(*grant.ended_ms) : "no"},
                 {"how to end it", how_to_end(receipt)},
                 {"what that does", what_follows()},
                 {"policy", receipt.policy},
                 {"text of the consent", or_dash(receipt.terms_commitment)},
                 {"ledger", receipt.chain},
                 {"written at height", std::to_string(receipt.given_height)},
                 {"proven at height",
                  std::to_string(receipt.proven_height) + ", " + instant_text(receipt.proven_ms)},
                 {"block", receipt.proven_block},
                 {"proof", receipt.proof_key + ", SHA-256 " + receipt.proof_hash}});
  return fields_text(fields);
}

}  // namespace human

namespace json {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

std::string dump(const Json& value, int indent = -1) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const client::CheckView& check) {
  return {{"permit", check.permit},
          {"rule", check.reason},
          {"grant", or_null(check.grant)},
          {"obligations", check.obligations}};
}

Json to_json(const client::SimulateView& view) {
  Json decisions = Json::array();
  for (const auto& decision : view.decisions) {
    decisions.push_back({{"for", decision.subject},
                         {"role", or_null(decision.role)},
                         {"purpose", decision.purpose},
                         {"project", or_null(decision.project)},
                         {"record", decision.before.record},
                         {"before", to_json(decision.before)},
                         {"after", to_json(decision.after)},
                         {"changes", decision.changes()}});
  }
  return {{"result", view.result},
          {"failed", view.failed},
          {"decisions", decisions},
          {"left_out", view.left_out}};
}

Json to_json(const client::ExplainView& view) {
  Json decisions = Json::array();
  for (const auto& decision : view.decisions) {
    decisions.push_back(
        {{"record", decision.recorded.record},
         {"recorded", to_json(decision.recorded)},
         {"replayed", decision.replayed ? to_json(*decision.replayed) : Json(nullptr)},
         {"changed", or_null(decision.changed)},
         {"grant_now", or_null(decision.grant)},
         {"grant_written_height", optional(decision.grant_written_height)}});
  }
  return {{"transaction", or_null(view.tx_id)},
          {"operation", view.tx_id.empty() ? Json(nullptr) : Json(view.operation)},
          {"transaction_bound", view.is_bound},
          {"index", view.access.index},
          {"height", view.access.height},
          {"time_ms", view.access.time_ms},
          {"organisation", view.access.organisation},
          {"person", view.access.person},
          {"role", view.access.role},
          {"purpose", view.access.purpose},
          {"action", view.access.action},
          {"proven_height", view.proven_height},
          {"looked_at_height", view.height},
          {"late", view.access.late},
          {"findings", view.findings},
          {"decisions", decisions}};
}

}  // namespace

std::string text(const client::SimulateView& view) {
  return dump(to_json(view));
}

std::string text(const client::ExplainView& view) {
  return dump(to_json(view));
}

std::string text(const std::vector<client::ExplainView>& views) {
  Json all = Json::array();
  for (const auto& view : views) all.push_back(to_json(view));
  return dump(all);
}

std::string text(const client::ReceiptView& receipt) {
  const client::GrantView& grant = receipt.grant;
  const Json who{{"patient", receipt.patient},
                 {"record_holder", receipt.custodian},
                 {"grantee", grant.grantee},
                 {"group_version", optional(grant.group_version)},
                 {"follow", grant.follow},
                 {"given_by", receipt.given_by},
                 {"proxy", or_null(grant.proxy)},
                 {"brought_by", receipt.brought_by},
                 {"keys_held_by", or_null(receipt.keys_held_by)},
                 {"keys_passed_hands", receipt.keys_passed_hands},
                 {"signature", signature_words(receipt)}};
  const Json what{{"actions", grant.actions},
                  {"classes", grant.classes},
                  {"confidentiality", grant.confidentiality},
                  {"labels", grant.labels},
                  {"labels_key_id", optional(grant.labels_key_id)},
                  {"data_from", or_null(receipt.data_from)},
                  {"data_to", or_null(receipt.data_to)},
                  {"limits", receipt.limits},
                  {"regions", receipt.grant.regions},
                  {"max_uses", optional(grant.max_uses)},
                  {"uses_left", optional(grant.uses_left)},
                  {"erase_by_ms", optional(receipt.grant.erase_by_ms)},
                  {"forbids_emergency", receipt.forbids_emergency}};
  const Json when{{"given_ms", receipt.given_ms},
                  {"from_ms", grant.from_ms},
                  {"until_ms", optional(grant.until_ms)},
                  {"ended_ms", optional(grant.ended_ms)}};
  const Json proof{{"chain", receipt.chain},
                   {"written_height", receipt.given_height},
                   {"key", receipt.proof_key},
                   {"height", receipt.proven_height},
                   {"time_ms", receipt.proven_ms},
                   {"block", receipt.proven_block},
                   {"sha256", receipt.proof_hash}};
  return dump(
      {{"receipt", grant.grant},
       {"version", 1},
       {"effect", grant.permit ? "permit" : "deny"},
       {"status", grant.status},
       {"who", who},
       {"what", what},
       {"purposes", grant.purposes},
       {"when", when},
       {"supersedes", receipt.supersedes},
       {"acknowledge_shadowed", optional(grant.acknowledge_shadowed)},
       {"withdrawal",
        {{"command", "galen consent revoke " + grant.grant + " --patient " + receipt.patient},
         {"at", receipt.custodian},
         {"by_custodian", receipt.given_by == "custodian"},
         {"effect", "prospective"}}},
       {"policy", receipt.policy},
       {"terms_commitment", or_null(receipt.terms_commitment)},
       {"proof", proof}},
      2);
}

}  // namespace json

}  // namespace galen::cli
