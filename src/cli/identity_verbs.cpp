#include "cli/identity_verbs.h"

#include "cli/answer.h"
#include "cli/files.h"
#include "cli/human_text.h"
#include "cli/json_text.h"
#include "cli/table.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace galen::cli {

namespace {

using client::Client;
using Json = nlohmann::ordered_json;

Json to_json(const client::Committed& committed) {
  return Json::parse(json::text(committed));
}

Json to_json(const client::ProxyView& view) {
  Json json{{"proxy", view.proxy},
            {"kind", view.kind},
            {"status", view.status},
            {"purposes", view.purposes},
            {"excluded_labels", view.excluded_labels},
            {"labels_key_id", view.labels_key_id ? Json(*view.labels_key_id) : Json(nullptr)},
            {"from_ms", view.from_ms},
            {"until_ms", view.until_ms},
            {"attested_by", view.attested_by},
            {"may_grant", view.may_grant},
            {"by_patient", view.by_patient}};
  if (view.revoked_ms) json["revoked_ms"] = *view.revoked_ms;
  return json;
}

Json to_json(const std::vector<client::ProxyView>& views) {
  Json list = Json::array();
  for (const auto& view : views) list.push_back(to_json(view));
  return list;
}

std::string json_text(const std::vector<client::ProxyView>& views) {
  return to_json(views).dump();
}

std::string human_text(const std::vector<client::ProxyView>& views, bool full) {
  Table table({"PROXY", "KIND", "STATUS", "PURPOSES", "NOT FOR HIM", "UNTIL", "ATTESTED BY"});
  for (const auto& view : views) {
    table.add({short_id(view.proxy, full),
               view.kind,
               view.status,
               joined(view.purposes),
               joined(view.excluded_labels),
               instant_text(view.until_ms),
               view.attested_by});
  }
  return table.text();
}

std::string json_text(const client::RotatedKey& key) {
  return Json{{"account", key.account},
              {"public_key", key.public_key},
              {"index", key.index},
              {"file", key.file},
              {"committed", to_json(key.committed)}}
      .dump();
}

std::string human_text(const client::RotatedKey& key) {
  return fields_text({{"account", key.account},
                      {"new key", key.public_key},
                      {"index", std::to_string(key.index)},
                      {"private key", key.file.empty() ? "in the profile" : key.file},
                      {"transaction", key.committed.tx_id},
                      {"height", std::to_string(key.committed.height)}});
}

std::string json_text(const client::BallotView& ballot) {
  return Json{{"in_force", ballot.in_force},
              {"votes", ballot.votes},
              {"needed", ballot.needed},
              {"committed", to_json(ballot.committed)}}
      .dump();
}

std::string human_text(const client::BallotView& ballot) {
  return fields_text(
      {{"in force", ballot.in_force ? "yes" : "no"},
       {"votes", std::to_string(ballot.votes) + " of " + std::to_string(ballot.needed)},
       {"transaction", ballot.committed.tx_id},
       {"height", std::to_string(ballot.committed.height)}});
}

Json to_json(const client::RecoveryView& view) {
  return Json{{"recovery", view.recovery},
              {"status", view.status},
              {"requested_ms", view.requested_ms},
              {"ready_ms", view.ready_ms},
              {"threshold", view.threshold},
              {"guardians", view.guardians},
              {"cooling_off_ms", view.cooling_off_ms}};
}

std::string json_text(const client::RecoveryView& view) {
  return to_json(view).dump();
}

std::string human_text(const client::RecoveryView& view) {
  std::vector<std::pair<std::string, std::string>> fields{
      {"guardians", joined(view.guardians)},
      {"needed", std::to_string(view.threshold)},
      {"status", view.status}};
  if (!view.recovery.empty()) {
    fields.emplace_back("recovery", view.recovery);
    fields.emplace_back("asked for", instant_text(view.requested_ms));
    fields.emplace_back("may be completed", instant_text(view.ready_ms));
  }
  return fields_text(fields);
}

Json to_json(const client::LinkView& view) {
  Json json{{"other", view.other},
            {"linked_by", view.linked_by},
            {"agreed_by", view.agreed_by},
            {"linked_ms", view.linked_ms}};
  if (view.unlinked_ms) {
    json["unlinked_ms"] = *view.unlinked_ms;
    json["reason"] = view.reason;
  }
  return json;
}

std::string json_text(const client::PatientView& view) {
  Json links = Json::array();
  for (const auto& link : view.links) links.push_back(to_json(link));
  return Json{{"patient", view.patient},
              {"custodian", view.custodian},
              {"keys_held_by", view.keys_held_by},
              {"keys_passed_hands", view.keys_passed_hands},
              {"registered_height", view.registered_height},
              {"proxies", to_json(view.proxies)},
              {"proxies_revoked_in_advance", view.proxies_revoked_in_advance},
              {"links", std::move(links)},
              {"recovery", to_json(view.recovery)}}
      .dump();
}

std::string human_text(const std::vector<client::LinkView>& links, bool full) {
  Table table({"LINKED WITH", "BY", "AGREED BY", "SINCE", "TAKEN BACK"});
  for (const auto& link : links) {
    table.add({short_id(link.other, full),
               link.linked_by,
               link.agreed_by,
               instant_text(link.linked_ms),
               link.unlinked_ms ? instant_text(*link.unlinked_ms) + " " + link.reason : ""});
  }
  return table.text();
}

std::string human_text(const client::PatientView& view, bool full) {
  std::string text =
      fields_text({{"patient", view.patient},
                   {"custodian", view.custodian},
                   {"keys held by",
                    view.keys_held_by + (view.keys_passed_hands ? ", others had them before" : "")},
                   {"registered at height", std::to_string(view.registered_height)},
                   {"proxies revoked in advance", joined(view.proxies_revoked_in_advance)}});
  text += "\n" + human_text(view.proxies, full);
  text += "\n" + human_text(view.links, full);
  return text + "\n" + human_text(view.recovery);
}

/// Runs a call that ends in a committed transaction.
template <class Call>
int commit(const CommonOptions& common, Call&& call) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  return print_committed(common, call(opened->identity()));
}

}  // namespace

int authorize_proxy(const CommonOptions& common, const client::ProxyOptions& options) {
  return answer(
      common,
      [&](Client& client) { return client.identity().authorize_proxy(options); },
      [](const auto& registered) { return human::text(registered, "proxy"); },
      [](const auto& registered) { return json::text(registered, "proxy"); });
}

int revoke_proxy(const CommonOptions& common, const client::RevokeProxyOptions& options) {
  return commit(common, [&](client::Identity identity) { return identity.revoke_proxy(options); });
}

int list_proxies(const CommonOptions& common, const client::PersonQuery& query) {
  return answer(
      common,
      [&](Client& client) { return client.identity().list_proxies(query); },
      [&](const auto& views) { return human_text(views, common.full); },
      [](const auto& views) { return json_text(views); });
}

int show_patient(const CommonOptions& common, const client::PersonQuery& query) {
  return answer(
      common,
      [&](Client& client) { return client.identity().patient(query); },
      [&](const auto& view) { return human_text(view, common.full); },
      [](const auto& view) { return json_text(view); });
}

int rotate_person(const CommonOptions& common, const client::RotatePersonOptions& options) {
  return answer(
      common,
      [&](Client& client) { return client.identity().rotate_person(options); },
      [](const auto& key) { return human_text(key); },
      [](const auto& key) { return json_text(key); });
}

int rotate_organisation(const CommonOptions& common,
                        const client::RotateOrganisationOptions& options) {
  return answer(
      common,
      [&](Client& client) { return client.identity().rotate_organisation(options); },
      [](const auto& key) { return human_text(key); },
      [](const auto& key) { return json_text(key); });
}

int set_practitioner(const CommonOptions& common, const client::StandingOptions& options) {
  return commit(common,
                [&](client::Identity identity) { return identity.set_practitioner(options); });
}

int set_organisation(const CommonOptions& common, const client::StandingOptions& options) {
  return answer(
      common,
      [&](Client& client) { return client.identity().set_organisation(options); },
      [](const auto& ballot) { return human_text(ballot); },
      [](const auto& ballot) { return json_text(ballot); });
}

int set_recovery(const CommonOptions& common, const client::SetRecoveryOptions& options) {
  return commit(common, [&](client::Identity identity) { return identity.set_recovery(options); });
}

int request_recovery(const CommonOptions& common, const client::RequestRecoveryOptions& options) {
  return answer(
      common,
      [&](Client& client) { return client.identity().request_recovery(options); },
      [](const auto& registered) { return human::text(registered, "recovery"); },
      [](const auto& registered) { return json::text(registered, "recovery"); });
}

int veto_recovery(const CommonOptions& common, const client::RecoveryOptions& options) {
  return commit(common, [&](client::Identity identity) { return identity.veto_recovery(options); });
}

int complete_recovery(const CommonOptions& common, const client::RecoveryOptions& options) {
  return commit(common,
                [&](client::Identity identity) { return identity.complete_recovery(options); });
}

int show_recovery(const CommonOptions& common, const client::PersonQuery& query) {
  return answer(
      common,
      [&](Client& client) { return client.identity().recovery(query); },
      [](const auto& view) { return human_text(view); },
      [](const auto& view) { return json_text(view); });
}

int link_patients(const CommonOptions& common,
                  const client::LinkOptions& options,
                  const std::string& out) {
  if (out.empty()) {
    return commit(common, [&](client::Identity identity) { return identity.link(options); });
  }
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  const auto agreement = opened->identity().approve_link(options);
  if (!agreement) return report(agreement.failure());
  if (const auto failure = write_private_file(out, *agreement)) return report(*failure);
  return 0;
}

int unlink_patients(const CommonOptions& common, const client::LinkOptions& options) {
  return commit(common, [&](client::Identity identity) { return identity.unlink(options); });
}

}  // namespace galen::cli
