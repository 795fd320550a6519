#include "fhir/consent.h"

#include "base/hex.h"
#include "fhir/date_time.h"
#include "fhir/flatten.h"
#include "fhir/provision.h"
#include "fhir/resource_parts.h"
#include "fhir/strict_json.h"

#include <nlohmann/json.hpp>

namespace galen::fhir {

namespace {

constexpr std::size_t kMaxTopLevel = 32;

/// What the ledger's own identifiers in the consent say of all its grants.
struct Frame {
  std::optional<Digest> policy;
  std::optional<Digest> terms_commitment;
};

std::optional<Digest> read_digest(Element& element, std::string_view key, std::string_view hex) {
  const auto digest = fixed_from_hex<Digest>(hex, "digest");
  if (digest) return *digest;
  element.refuse(key, IssueCode::kValue, "must end with 64 hexadecimal digits, in lower case");
  return std::nullopt;
}

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

void read_policy_uri(Element& policy, std::string_view uri, Frame& frame) {
  const std::string_view own = kPolicyUris;
  if (uri.substr(0, own.size()) != own) {
    return policy.issues().note(policy.path_of("uri"), "grants name the consortium's own policy");
  }
  const auto version = read_digest(policy, "uri", uri.substr(own.size()));
  if (!version) return;
  if (frame.policy && *frame.policy != *version) {
    return policy.refuse("uri", IssueCode::kNotSupported, "a grant names one policy only");
  }
  frame.policy = *version;
}

void read_policies(Element& consent, Frame& frame) {
  const bool listed = consent.list("policy", kMaxTopLevel, [&](Element each) {
    each.ignore_text("authority");
    if (const auto uri = each.text("uri")) read_policy_uri(each, *uri, frame);
    each.finish();
  });
  // ppc-1 of R4: one of the two is there. A rule such as OPTOUT would change what the provisions
  // mean.
  if (!listed && !consent.has("policy") && !consent.has("policyRule")) {
    consent.require(false, "policy");
  }
}

/// False when it is no identifier of the ledger's.
bool read_commitment(Element& commitment, Frame& frame) {
  if (commitment.text("system") != kCommitmentSystem) return false;
  const auto value = commitment.required_text("value");
  if (value) frame.terms_commitment = read_digest(commitment, "value", *value);
  commitment.finish();
  return true;
}

/// The text of the consent stays off the ledger; a commitment to it is part of the grants.
void read_source(Element& consent, Frame& frame) {
  constexpr const char* kWhy = "the text of the consent stays off the ledger";
  consent.note_if_present("sourceAttachment", kWhy);
  bool commits = false;
  const bool given = consent.one("sourceReference", [&](Element source) {
    source.one("identifier", [&](Element each) { commits = read_commitment(each, frame); });
  });
  if (given && !commits) consent.issues().note(consent.path_of("sourceReference"), kWhy);
}

void note_the_rest(Element& consent) {
  for (const char* key : {"id", "meta", "language", "text", "identifier", "organization"}) {
    consent.note_if_present(key, "says nothing about access: no part of the grants");
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
  Frame frame;
  read_policies(consent, frame);
  read_source(consent, frame);
  note_the_rest(consent);
  std::optional<Provision> root;
  const bool given =
      consent.one("provision", [&](Element each) { root = read_provision(each, vocabulary); });
  consent.require(given, "provision");
  consent.finish();
  if (!root || consent.issues().failed()) return;
  flatten(*root, references, consent.issues(), translation);
  for (FlatGrant& grant : translation.grants) {
    grant.terms.policy = frame.policy.value_or(Digest{});
    grant.terms.terms_commitment = frame.terms_commitment.value_or(Digest{});
  }
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
