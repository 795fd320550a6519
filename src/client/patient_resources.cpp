#include "client/patient_resources.h"

#include "base/hex.h"
#include "fhir/consent_resource.h"
#include "fhir/date_time.h"
#include "fhir/resource_parts.h"
#include "fhir/vocabulary.h"

#include <utility>

namespace galen::client {

namespace {

using fhir::coding;
using fhir::concept_of;
using fhir::Extensions;
using fhir::identifier;
using fhir::OrderedJson;
using fhir::reference;
using fhir::resource_text;

// The greatest FHIR unsignedInt.
constexpr std::uint64_t kMaxUnsignedInt = 2'147'483'647;

std::string hl7(const char* system) {
  return fhir::kHl7Systems + std::string(system);
}

template <class E>
std::string text_of(E code) {
  return std::string(ledger::name(code));
}

std::string instant(TimeMs time) {
  return fhir::instant_text(static_cast<std::int64_t>(time.value)).value_or("");
}

OrderedJson resource(const char* type, const std::string& id, OrderedJson meta) {
  OrderedJson json{{"resourceType", type}, {"id", id}};
  if (!meta.empty()) json["meta"] = std::move(meta);
  return json;
}

OrderedJson relationship_of(ledger::ProxyKind kind) {
  OrderedJson codes = OrderedJson::array({coding("urn:galen:proxy-kind", text_of(kind))});
  if (kind == ledger::ProxyKind::kGuardian) codes.push_back(coding(hl7("v3-RoleClass"), "GUARD"));
  if (kind == ledger::ProxyKind::kAttorney) codes.push_back(coding(hl7("v3-RoleCode"), "POWATT"));
  if (kind == ledger::ProxyKind::kCaretaker) {
    codes.push_back(coding(hl7("v3-RoleClass"), "CAREGIVER"));
  }
  return OrderedJson::array({{{"coding", std::move(codes)}}});
}

/// Tags without a known name are codes of their key; labels are the standard's when it has them.
OrderedJson label_coding(std::string label,
                         const PatientId& patient,
                         const std::optional<std::uint32_t>& key_id,
                         LabelBook& labels) {
  if (key_id) {
    auto name = labels.name(patient, *key_id, label);
    if (!name) return coding("urn:galen:label-key:" + std::to_string(*key_id), label);
    label = *std::move(name);
  }
  const bool known = !fhir::sensitivities_of({hl7("v3-ActCode"), label, ""}).empty();
  return coding(known ? hl7("v3-ActCode") : "urn:galen:label", label);
}

OrderedJson security_labels(const ledger::AppendRecord& record, LabelBook& book) {
  OrderedJson labels =
      OrderedJson::array({coding(hl7("v3-Confidentiality"), text_of(record.confidentiality))});
  for (const std::string& label : record.labels) {
    labels.push_back(label_coding(label, record.patient, record.labels_key_id, book));
  }
  return labels;
}

OrderedJson attachment_of(const ledger::AppendRecord& record) {
  OrderedJson attachment{{"contentType", record.mime_type},
                         {"url", "urn:galen:payload:" + to_hex(record.payload)}};
  Extensions beyond;
  if (record.size <= kMaxUnsignedInt) attachment["size"] = record.size;
  if (record.size > kMaxUnsignedInt) beyond.add("size", "Decimal", record.size);
  const std::string created = instant(record.created);
  if (!created.empty()) attachment["creation"] = created;
  // R4's hash is an unsalted SHA-1 of the content, which nobody but its readers may have.
  beyond.add("content-commitment", "String", to_hex(record.content_commitment));
  std::move(beyond).put_into(attachment, "extension");
  return attachment;
}

OrderedJson context_of(const ledger::AppendRecord& record) {
  OrderedJson context = OrderedJson::object();
  if (const auto day = fhir::date_text(record.service_date.days)) {
    context["period"] = {{"start", *day}, {"end", *day}};
  }
  OrderedJson related = OrderedJson::array();
  for (const auto& id : record.related) {
    related.push_back({{"identifier", identifier("urn:galen:related", to_hex(id))}});
  }
  if (!related.empty()) context["related"] = std::move(related);
  return context;
}

/// Of a version that is not for the reader a list says only that there is one.
bool is_shown(const std::optional<records::RecordSuccession>& succeeded) {
  return succeeded && !succeeded->by.is_zero();
}

TimeMs last_change(const records::RecordEntry& entry) {
  if (entry.retracted) return entry.retracted->time;
  return is_shown(entry.succeeded) ? entry.succeeded->time : entry.appended;
}

OrderedJson meta_of(const records::RecordEntry& entry) {
  Extensions about;
  about.add("height", "Decimal", entry.height.value);
  if (entry.origin) about.add("replaced-because", "Code", text_of(entry.origin->reason));
  if (entry.origin && entry.origin->label_reason) {
    about.add("new-labels-because", "Code", text_of(*entry.origin->label_reason));
  }
  if (is_shown(entry.succeeded)) {
    about.add_instant("superseded-at", entry.succeeded->time.value);
    about.add(
        "replaced-by", "Reference", reference("DocumentReference", to_hex(entry.succeeded->by)));
  }
  if (entry.retracted) {
    about.add_instant("retracted-at", entry.retracted->time.value);
    about.add("retracted-because", "Code", text_of(entry.retracted->reason));
  }
  if (entry.record.withhold_from_patient) about.add("withheld-from-patient", "Boolean", true);
  return fhir::meta_of(last_change(entry).value, std::move(about));
}

std::string end_of(const consent::GrantEntry& entry, TimeMs now) {
  if (entry.status == policy::GrantStatus::kRevoked) return "revoked";
  if (entry.status == policy::GrantStatus::kSuperseded) return "superseded";
  return entry.terms.valid_to && *entry.terms.valid_to <= now ? "expired" : "";
}

OrderedJson meta_of(const identity::ProxyEntry& entry, LabelBook& labels) {
  Extensions about;
  about.add("height", "Decimal", entry.height.value);
  for (const auto& purpose : entry.terms.purposes) {
    about.add("proxy-purpose", "Coding", coding(hl7("v3-ActReason"), purpose));
  }
  for (const auto& label : entry.terms.excluded_labels) {
    about.add("proxy-excluded-label",
              "Coding",
              label_coding(label, entry.terms.patient, entry.terms.labels_key_id, labels));
  }
  about.add("proxy-may-grant", "Boolean", entry.terms.may_grant);
  about.add("proxy-signed-by-patient", "Boolean", entry.by_patient);
  about.add(
      "proxy-attested-by", "Reference", reference("Organization", to_hex(entry.terms.attested_by)));
  if (entry.revoked_at) {
    about.add_instant("revoked-at", entry.revoked_at->value);
    about.add("revoked-because", "Code", std::string(name(entry.reason)));
  }
  return fhir::meta_of(entry.revoked_at.value_or(entry.authorised).value, std::move(about));
}

/// R4 links patients that are in use; of a link that was taken back it has no word.
OrderedJson old_link(const PatientId& other, const identity::LinkEntry& entry) {
  Extensions parts;
  parts.add("other", "Reference", reference("Patient", to_hex(other)));
  parts.add_instant("linked-at", entry.linked.value);
  parts.add_instant("unlinked-at", entry.unlinked_at->value);
  parts.add("unlinked-because", "Code", text_of(entry.reason));
  OrderedJson extension{{"url", fhir::kExtensionUrls + std::string("ended-link")}};
  std::move(parts).put_into(extension, "extension");
  return extension;
}

}  // namespace

std::string patient_resource(const PatientId& patient,
                             const identity::PatientEntry& entry,
                             const std::map<PatientId, identity::LinkEntry>& links) {
  const std::string id = to_hex(patient);
  Extensions about;
  about.add("height", "Decimal", entry.registered.value);
  about.add("keys-held-by", "Code", text_of(entry.held_by));
  OrderedJson meta = OrderedJson::object();
  std::move(about).put_into(meta, "extension");
  OrderedJson json = resource("Patient", id, std::move(meta));
  OrderedJson present = OrderedJson::array();
  OrderedJson ended = OrderedJson::array();
  for (const auto& [other, link] : links) {
    if (link.unlinked_at) {
      ended.push_back(old_link(other, link));
    } else {
      present.push_back({{"other", reference("Patient", to_hex(other))}, {"type", "seealso"}});
    }
  }
  if (!ended.empty()) json["extension"] = std::move(ended);
  json["identifier"] = OrderedJson::array({identifier("urn:galen:patient", id)});
  json["managingOrganization"] = reference("Organization", to_hex(entry.custodian));
  if (!present.empty()) json["link"] = std::move(present);
  return resource_text(json);
}

std::string proxy_resource(const identity::ProxyEntry& entry, TimeMs now, LabelBook& labels) {
  const std::string id = to_hex(entry.terms.proxy);
  OrderedJson json = resource("RelatedPerson", id, meta_of(entry, labels));
  json["identifier"] = OrderedJson::array({identifier("urn:galen:proxy", id)});
  json["active"] = entry.in_force(now);
  json["patient"] = reference("Patient", to_hex(entry.terms.patient));
  json["relationship"] = relationship_of(entry.terms.kind);
  // R4's end is the last instant that counts.
  json["period"] = {{"start", instant(entry.terms.from)},
                    {"end", instant(TimeMs{entry.terms.to.value - 1})}};
  return resource_text(json);
}

std::string record_resource(const records::RecordEntry& entry, LabelBook& labels) {
  const ledger::AppendRecord& record = entry.record;
  const std::string id = to_hex(record.record);
  OrderedJson json = resource("DocumentReference", id, meta_of(entry));
  json["masterIdentifier"] = identifier("urn:galen:record", id);
  json["status"] = text_of(entry.status);
  json["category"] = OrderedJson::array(
      {concept_of(std::string(fhir::kClassSystem), text_of(record.record_class))});
  json["subject"] = reference("Patient", to_hex(record.patient));
  json["date"] = instant(entry.appended);
  OrderedJson authors = OrderedJson::array();
  for (const auto& author : record.authors) {
    authors.push_back(reference("Practitioner", to_hex(author)));
  }
  if (!authors.empty()) json["author"] = std::move(authors);
  json["custodian"] = reference("Organization", to_hex(entry.custodian));
  if (entry.origin) {
    json["relatesTo"] = OrderedJson::array(
        {{{"code", "replaces"},
          {"target", reference("DocumentReference", to_hex(entry.origin->replaces))}}});
  }
  json["securityLabel"] = OrderedJson::array();
  for (auto& label : security_labels(record, labels)) {
    json["securityLabel"].push_back({{"coding", OrderedJson::array({std::move(label)})}});
  }
  json["content"] = OrderedJson::array({{{"attachment", attachment_of(record)}}});
  json["context"] = context_of(record);
  if (json["context"].empty()) json.erase("context");
  return resource_text(json);
}

std::string grant_resource(const GrantId& id,
                           const consent::GrantEntry& entry,
                           TimeMs now,
                           LabelBook& labels) {
  fhir::GivenGrant given;
  given.id = id;
  given.effect = entry.effect;
  given.terms = entry.terms;
  const auto names =
      labels.names(entry.terms.patient, {entry.terms.labels, entry.terms.labels_key_id});
  if (names) {
    given.terms.labels = *names;
    given.terms.labels_key_id.reset();
  }
  given.ended = end_of(entry, now);
  given.ended_at = entry.ended_at;
  given.grantor_role = entry.grantor.role;
  given.grantor = entry.grantor.account;
  given.sequence = entry.sequence;
  given.submitter = entry.submitter;
  given.given = entry.created;
  given.height = entry.height;
  given.uses_left = entry.uses_left;
  given.group_version = entry.group_version;
  return fhir::consent_resource(given);
}

std::string organisation_resource(const ledger::GenesisOrganisation& organisation) {
  const std::string id = to_hex(organisation.id);
  OrderedJson json = resource("Organization", id, OrderedJson::object());
  json["identifier"] = OrderedJson::array({identifier("urn:galen:organisation", id)});
  json["type"] =
      OrderedJson::array({concept_of("urn:galen:organisation-kind", text_of(organisation.kind))});
  json["name"] = organisation.name;
  json["address"] = OrderedJson::array({{{"country", organisation.region}}});
  return resource_text(json);
}

}  // namespace galen::client
