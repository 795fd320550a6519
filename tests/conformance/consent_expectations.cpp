#include "conformance/consent_expectations.h"

#include "conformance/fixtures.h"
#include "conformance/read_file.h"

#include <algorithm>

namespace galen::conformance {

namespace {

constexpr std::size_t kMaxConsentBytes = std::size_t{1} * 1024 * 1024;

/// What the file expects or what came: "permit", "deny", or "refused CODE at LOCATION".
std::string described(const fhir::Issue& issue) {
  return "refused " + std::string(fhir::name(issue.code)) + " at " + issue.location;
}

std::string expected_of(const Node& vector) {
  const Node expect = vector.at("expect");
  const std::string text = expect.text();
  if (text == "refused") {
    return "refused " + vector.at("code").text() + " at " + vector.at("location").text();
  }
  if (text != "permit" && text != "deny") expect.bad("must be permit, deny or refused");
  return text;
}

/// The first error, as it is compared; the reasons of all.
std::string refusal(const fhir::Translation& translation) {
  for (const fhir::Issue& issue : translation.issues) {
    if (issue.severity == fhir::Severity::kError) return described(issue);
  }
  return "refused";
}

std::string case_id(const Node& vector) {
  std::string id = vector.at("consent").text();
  for (const char* key : {"user", "purpose", "record", "at"}) {
    if (const auto value = vector.find(key)) id += " " + value->text();
  }
  return id;
}

}  // namespace

std::optional<AccountId> NamedReferences::account(const std::string& /*type*/,
                                                  const std::string& id) const {
  if (id.size() > AccountId::kSize) return std::nullopt;
  return id_of<AccountId>(id);
}

std::optional<Random32> NamedReferences::data(ledger::DataMeaning /*meaning*/,
                                              const std::string& /*type*/,
                                              const std::string& id) const {
  if (id.size() > Random32::kSize) return std::nullopt;
  return id_of<Random32>(id);
}

ConsentExpectations::ConsentExpectations(const Json& file, std::string directory)
    : file_(file, "file"), directory_(std::move(directory)), terminology_(policy::terminology(1)) {
  for (const Node& each : cases()) {
    const auto purpose = each.find("purpose");
    if (!purpose || terminology_.is_purpose(purpose->text())) continue;
    // The guide lets a deployment have purposes of its own: the file asks for them.
    purposes_.insert(purpose->text());
  }
  for (const std::string& code : purposes_) {
    terminology_.permit_covers[code].insert(code);
    terminology_.deny_covers[code].insert(code);
  }
}

const fhir::Translation& ConsentExpectations::translation_of(const Node& name) {
  const std::string file = name.text();
  const auto known = translations_.find(file);
  if (known != translations_.end()) return known->second;
  if (file.empty() || file.find('/') != std::string::npos || file.front() == '.') {
    name.bad("'" + file + "' is no file name");
  }
  const auto text = read_file(directory_ + "/" + file, kMaxConsentBytes);
  if (!text) throw BadVector{text.error().message};
  auto translation =
      fhir::translate_consent(*text, fhir::Vocabulary{terminology_, purposes_}, NamedReferences());
  return translations_.emplace(file, std::move(translation)).first->second;
}

policy::Decision ConsentExpectations::decide_case(const Node& vector,
                                                  const fhir::Translation& translation,
                                                  bool& agree) const {
  const policy::Requester requester = requester_of(file_, vector.at("user"));
  policy::ConsentContext consent;
  consent.ever_granted = true;
  for (const fhir::FlatGrant& grant : translation.grants) {
    policy::GrantFacts facts;
    facts.id = id_of<GrantId>("g" + std::to_string(consent.grants.size()));
    facts.effect = grant.effect;
    facts.terms = &grant.terms;
    consent.grants.push_back(facts);
  }
  if (const auto btg = vector.find("btg")) consent.emergencies.push_back(emergency_of(*btg));
  policy::Request request;
  request.purpose = vector.at("purpose").text();
  request.at = policy::Instant::of_block(time_at(vector.at("at")));
  ledger::Parameters parameters = ledger::default_parameters();
  if (const auto params = file_.find("params")) apply_params(*params, parameters);
  // The expectations presuppose that step 0 lets through the pairs they assert.
  parameters.role_purposes.push_back({requester.role, request.purpose});
  const Evaluated came = evaluate(policy::PolicyTables{terminology_, parameters},
                                  requester,
                                  record_of(file_, vector.at("record")),
                                  consent,
                                  request);
  agree = came.agree;
  return came.decision;
}

Verdict ConsentExpectations::evaluate_case(const Node& vector) {
  vector.allow_only({"id",
                     "consent",
                     "user",
                     "purpose",
                     "record",
                     "at",
                     "btg",
                     "expect",
                     "code",
                     "location",
                     "description",
                     "note"});
  Verdict verdict;
  verdict.id = case_id(vector);
  verdict.expected = expected_of(vector);
  const fhir::Translation& translation = translation_of(vector.at("consent"));
  if (!translation.ok()) {
    verdict.got = refusal(translation);
    verdict.passed = verdict.got == verdict.expected;
    return verdict;
  }
  if (vector.at("expect").text() == "refused") {
    verdict.got = "translated to " + std::to_string(translation.grants.size()) + " grants";
    return verdict;
  }
  bool agree = true;
  const policy::Decision decision = decide_case(vector, translation, agree);
  verdict.got = decision.permit ? "permit" : "deny";
  verdict.passed = agree && verdict.got == verdict.expected;
  if (!verdict.passed) verdict.got += " (" + std::string(policy::name(decision.reason)) + ")";
  if (!agree) verdict.got += ", and another answer when the grants stand in another order";
  return verdict;
}

}  // namespace galen::conformance
