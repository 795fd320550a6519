#include "cli/audit_words.h"

#include "cli/code_words.h"
#include "cli/table.h"

namespace galen::cli {

namespace {

constexpr Word kRoles[] = {{"privacy-officer", "privacy officer"},
                           {"public-health", "public health officer"},
                           {"organisation", "the organisation itself"}};

constexpr Word kKinds[] = {{"audit-read", "read this log"},
                           {"export", "export of data"},
                           {"audit-export", "export of this log"},
                           {"disclosure-accounting", "accounting of disclosures"},
                           {"key-handover", "handover of keys"},
                           {"backup", "backup"},
                           {"restore", "restore"},
                           {"configuration", "change of configuration"},
                           {"support-access", "access for support"}};

/// What permits, without the number of a permit.
constexpr Word kGrounds[] = {{"own-record", "of the organisation's own patients"},
                             {"self", "you asked yourself"},
                             {"proxy", "somebody who acts for you"},
                             {"break-glass", "emergency"},
                             {"required-by-law", "required by law"},
                             {"implicit", "the consortium's rule where no consent was ever given"},
                             {"auditor", "audit"},
                             {"listed", "shows only what may be seen"},
                             {"no-consent", "you gave no consent"},
                             {"grantee", "your consent names others"},
                             {"member-inactive", "suspended"},
                             {"record-erased", "the record is erased"},
                             {"record-retracted", "the record was entered in error"},
                             {"stale-state", "the node was not up to date"},
                             {"withheld-from-patient", "withheld for a time"},
                             {"btg-not-privileged", "no right to declare an emergency"},
                             {"btg-not-declared", "no emergency was declared"},
                             {"btg-expired", "the emergency was over"},
                             {"btg-forbidden", "you forbade it even in an emergency"},
                             {"proxy-not-authorized", "nobody who may act for you in this"},
                             {"proxy-expired", "may not act for you at this time"},
                             {"proxy-scope", "you keep this from who acts for you"},
                             {"not-authenticated", "nobody's signature"},
                             {"request-expired", "the request had expired, or held too long"},
                             {"request-reused", "another request of this number was made before"},
                             {"unknown-record", "no such thing"},
                             {"recipient-key", "asked with another key than the registered one"},
                             {"not-a-reader", "may not read this log"},
                             {"not-found", "nothing found"},
                             {"purpose", "not for this purpose"}};

/// Where the nearest permit failed.
constexpr Word kMisses[] = {{"revoked", "was withdrawn"},
                            {"superseded", "was replaced"},
                            {"not-yet-valid", "had not begun"},
                            {"expired", "had ended"},
                            {"purpose", "is for another purpose"},
                            {"action", "is not for this"},
                            {"jurisdiction", "is for other regions"},
                            {"data", "is for other records"},
                            {"class", "is for other kinds of records"},
                            {"data-period", "is for another time"},
                            {"confidentiality", "does not reach this confidentiality"},
                            {"label", "does not reach sensitive records of this kind"},
                            {"uses-exhausted", "is used up"}};

std::string person_words(const client::AccessView& access, bool full) {
  if (access.role == "organisation" || access.person.empty()) return "-";
  return short_id(access.person, full);
}

std::vector<std::string> line(const client::AccessView& access,
                              bool full,
                              std::string what,
                              std::string record,
                              std::string outcome,
                              std::string because) {
  const std::string late = access.late ? " (told afterwards)" : "";
  return {instant_text(access.time_ms),
          access.organisation,
          access.role.empty() ? "-" : word_of(kRoles, access.role),
          person_words(access, full),
          purpose_words(access.purpose) + late,
          std::move(what),
          std::move(record),
          std::move(outcome),
          std::move(because)};
}

/// Of an act that names some.
std::string records_words(const client::AccessView& access, bool full) {
  std::vector<std::string> ids;
  for (const std::string& record : access.records) ids.push_back(short_id(record, full));
  return ids.empty() ? "-" : joined(ids);
}

std::string outcome_words(bool permit) {
  return permit ? "permitted" : "refused";
}

}  // namespace

std::string ground_words(const client::AccessDecision& decision, bool full) {
  const std::string grant = short_id(decision.grant, full);
  if (decision.reason == "grant") return "your permit " + grant;
  if (decision.reason == "deny-grant") return "your denial " + grant;
  // This one names the denial that forbade it, all other refusals the permit that came nearest.
  if (decision.reason == "btg-forbidden" && !grant.empty()) {
    return "your denial " + grant + ", even in an emergency";
  }
  const std::string miss = word_of(kMisses, decision.reason);
  if (!decision.permit && !grant.empty()) return "your permit " + grant + " " + miss;
  const std::string ground = word_of(kGrounds, decision.reason);
  return ground == decision.reason && miss != ground ? "your permit " + miss : ground;
}

std::string words_text(const std::vector<client::AccessView>& accesses, bool full) {
  Table table({"WHEN", "WHO", "AS", "PERSON", "WHAT FOR", "WHAT", "RECORD", "OUTCOME", "BECAUSE"});
  for (const auto& access : accesses) {
    if (access.kind != "access") {
      const bool is_judged = access.kind == "audit-read";
      table.add(line(
          access,
          full,
          word_of(kKinds, access.kind),
          records_words(access, full),
          is_judged ? outcome_words(access.permit) : "-",
          access.recipient.empty() ? word_of(kGrounds, access.reason) : "for " + access.recipient));
    }
    for (const auto& decision : access.decisions) {
      table.add(line(access,
                     full,
                     action_words(access.action),
                     decision.record.empty() ? "-" : short_id(decision.record, full),
                     outcome_words(decision.permit),
                     ground_words(decision, full)));
    }
  }
  return table.text();
}

}  // namespace galen::cli
