#include "fhir/consent.h"

#include "fhir/date_time.h"
#include "fhir/flatten.h"
#include "fhir/provision.h"
#include "fhir/strict_json.h"

#include <nlohmann/json.hpp>

namespace galen::fhir {

namespace {

constexpr std::size_t kMaxTopLevel = 32;

void read_status(Element& consent) {
  const auto status = consent.required_text("status");
  if (!status || *status == "active") return;
  const bool ended =
      *status == "inactive" || *status == "rejected" || *status == "entered-in-error";
  if (ended) {
    consent.refuse(
        "status", IssueCode::kBusinessRule, "is not active: revoke the grants it was, if any");
  } else if (*status == "draft" || *status == "proposed") {
    consent.refuse("status", IssueCode::kBusinessRule, "is not active: nobody has consented yet");
  } else {
    consent.refuse("status", IssueCode::kValue, "is no state of a consent");
  }
}

void read_kind(Element& consent) {
  std::optional<Coding> scope;
  const bool scoped = consent.one("scope", [&](Element each) { scope = read_concept(each); });
  consent.require(scoped, "scope");
  if (scope && !is_privacy_scope(*scope)) {
    consent.issues().error(
        IssueCode::kNotSupported, scope->path, "is no privacy or research consent");
  }
  const bool listed = consent.list("category", kMaxTopLevel, [&](Element each) {
    const auto category = read_concept(each);
    if (!category || is_plain_category(*category)) return;
    consent.issues().error(IssueCode::kNotSupported,
                           category->path,
                           "'" + printable(category->code) + "' is not in the map of categories");
  });
  consent.require(listed || consent.has("category"), "category");
}

void read_people(Element& consent, Translation& translation) {
  std::optional<Reference> patient;
  const bool named = consent.one("patient", [&](Element each) { patient = read_reference(each); });
  consent.require(named, "patient");
  if (patient && patient->type != "Patient") {
    consent.refuse("patient", IssueCode::kValue, "must refer to a Patient");
  }
  if (patient) translation.patient = patient->text();
  consent.list("performer", kMaxTopLevel, [&](Element each) {
    const auto performer = read_reference(each);
    if (!performer || performer->text() == translation.patient) return;
    consent.issues().warning(
        performer->path,
        "'" + performer->text() + "' is not the patient: the ledger takes the patient's signature");
  });
}

void read_date_time(Element& consent) {
  const auto text = consent.text("dateTime");
  if (!text) return;
  if (!parse_date_time(*text)) {
    consent.refuse("dateTime", IssueCode::kValue, "'" + printable(*text) + "' is not a dateTime");
    return;
  }
  consent.issues().note(consent.path_of("dateTime"), "is not the start of the grants' validity");
}

void read_policies(Element& consent) {
  const bool listed = consent.list("policy", kMaxTopLevel, [&](Element each) {
    each.ignore_text("authority");
    if (const auto uri = each.text("uri")) {
      each.issues().note(each.path_of("uri"), "grants name the consortium's own policy");
    }
    each.finish();
  });
  // ppc-1 of R4: one of the two is there. A rule such as OPTOUT would change what the provisions
  // mean.
  if (!listed && !consent.has("policy") && !consent.has("policyRule")) {
    consent.require(false, "policy");
  }
}

void note_the_rest(Element& consent) {
  for (const char* key : {"id", "meta", "language", "text", "identifier", "organization"}) {
    consent.note_if_present(key, "says nothing about access: no part of the grants");
  }
  for (const char* key : {"sourceAttachment", "sourceReference"}) {
    consent.note_if_present(key, "the text of the consent stays off the ledger");
  }
}

void read_consent(Element consent,
                  const Vocabulary& vocabulary,
                  const References& references,
                  Translation& translation) {
  const auto type = consent.required_text("resourceType");
  if (type && *type != "Consent") {
    consent.refuse("resourceType", IssueCode::kStructure, "must be Consent");
    return;
  }
  read_status(consent);
  read_kind(consent);
  read_people(consent, translation);
  read_date_time(consent);
  read_policies(consent);
  note_the_rest(consent);
  std::optional<Provision> root;
  const bool given =
      consent.one("provision", [&](Element each) { root = read_provision(each, vocabulary); });
  consent.require(given, "provision");
  consent.finish();
  if (root && !consent.issues().failed()) flatten(*root, references, consent.issues(), translation);
}

}  // namespace

Translation translate_consent(std::string_view text,
                              const Vocabulary& vocabulary,
                              const References& references) {
  Translation translation;
  Issues issues;
  const auto tree = parse_strict(text, "Consent");
  if (tree) {
    read_consent(Element(*tree, "Consent", issues), vocabulary, references, translation);
  } else {
    const bool large = tree.error().code == ErrorCode::kTooLarge;
    issues.error(
        large ? IssueCode::kTooLong : IssueCode::kStructure, "Consent", tree.error().message);
  }
  if (issues.failed()) translation.grants.clear();
  translation.issues = issues.take();
  return translation;
}

}  // namespace galen::fhir
