#include "base/hex.h"
#include "base/limits.h"
#include "ledger/genesis.h"
#include "ledger/json_object.h"

#include <limits>

namespace galen::ledger {

namespace {

constexpr std::uint64_t kMax16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();

constexpr RecordClass kClasses[] = {
    RecordClass::kSummary,
    RecordClass::kNote,
    RecordClass::kLab,
    RecordClass::kImaging,
    RecordClass::kMedication,
    RecordClass::kImmunization,
    RecordClass::kProcedure,
    RecordClass::kDevice,
    RecordClass::kClaim,
    RecordClass::kTrial,
    RecordClass::kOther,
};

std::uint32_t number32(JsonObject& object, std::string_view key) {
  return static_cast<std::uint32_t>(object.number(key, kMax32));
}

Json json_of(const StatutoryRule& rule) {
  Json classes = Json::array();
  for (const RecordClass c : kClasses) {
    if ((rule.classes & class_bit(c)) != 0) classes.push_back(name(c));
  }
  return {{"purpose", rule.purpose}, {"kind", name(rule.kind)}, {"classes", classes}};
}

StatutoryRule statutory_rule(JsonObject object) {
  StatutoryRule rule;
  rule.purpose = object.text("purpose");
  rule.kind = object.code<OrganisationKind>("kind");
  object.list("classes", std::size(kClasses), [&](const Json& element, const std::string& path) {
    const ClassSet bit =
        class_bit(object.code_from<RecordClass>(object.text_of(element, path), path));
    if ((rule.classes & bit) != 0) object.refuse(path, "is there twice");
    rule.classes = static_cast<ClassSet>(rule.classes | bit);
  });
  object.finish();
  return rule;
}

LabelObligation label_obligation(JsonObject object) {
  LabelObligation rule;
  rule.label = object.text("label");
  rule.obligation = object.text("obligation");
  object.finish();
  return rule;
}

RolePurpose role_purpose(JsonObject object) {
  RolePurpose pair;
  pair.role = object.code<Role>("role");
  pair.purpose = object.text("purpose");
  object.finish();
  return pair;
}

PurposeLimit purpose_limit(JsonObject object) {
  PurposeLimit limit;
  limit.purpose = object.text("purpose");
  limit.max_grant_ms = object.number("max_grant_ms", kMaxCounter);
  object.finish();
  return limit;
}

Json json_of(const Parameters& p) {
  Json json = {
      {"max_block_bytes", p.max_block_bytes},
      {"max_block_transactions", p.max_block_transactions},
      {"max_block_operations", p.max_block_operations},
      {"max_validity_ms", p.max_validity_ms},
      {"precision_ms", p.precision_ms},
      {"message_delay_ms", p.message_delay_ms},
      {"request_timeout_ms", p.request_timeout_ms},
      {"inclusion_timeout_ms", p.inclusion_timeout_ms},
      {"stale_ms", p.stale_ms},
      {"rotation_period_ms", p.rotation_period_ms},
      {"max_grants_per_patient", p.max_grants_per_patient},
      {"max_grant_ms", p.max_grant_ms},
      {"emergency_max_ms", p.emergency_max_ms},
      {"min_audit_retention_ms", p.min_audit_retention_ms},
      {"implicit_policy", name(p.implicit_policy)},
      {"allow_any_permit", p.allow_any_permit},
      {"terminology_version", p.terminology_version},
      {"policies", Json::array()},
      {"statutory", Json::array()},
      {"label_obligations", Json::array()},
      {"role_purposes", Json::array()},
  };
  for (const Digest& policy : p.policies) json["policies"].push_back(to_hex(policy));
  for (const StatutoryRule& rule : p.statutory) json["statutory"].push_back(json_of(rule));
  for (const LabelObligation& rule : p.label_obligations) {
    json["label_obligations"].push_back({{"label", rule.label}, {"obligation", rule.obligation}});
  }
  for (const RolePurpose& pair : p.role_purposes) {
    json["role_purposes"].push_back({{"role", name(pair.role)}, {"purpose", pair.purpose}});
  }
  // Not in every file: those from before it was a parameter have none.
  if (!p.purpose_limits.empty()) json["purpose_limits"] = Json::array();
  for (const PurposeLimit& limit : p.purpose_limits) {
    json["purpose_limits"].push_back(
        {{"purpose", limit.purpose}, {"max_grant_ms", limit.max_grant_ms}});
  }
  return json;
}

void read_tables(JsonObject& object, Parameters& p, Status& status) {
  object.list("policies", limits::kMaxPolicies, [&](const Json& element, const std::string& path) {
    p.policies.push_back(object.fixed_from<Digest>(object.text_of(element, path), path));
  });
  object.list("statutory", limits::kMaxStatutoryRules, [&](const Json& e, const std::string& path) {
    p.statutory.push_back(statutory_rule(JsonObject(e, path, status)));
  });
  object.list("label_obligations",
              limits::kMaxLabelObligations,
              [&](const Json& e, const std::string& path) {
                p.label_obligations.push_back(label_obligation(JsonObject(e, path, status)));
              });
  object.list(
      "role_purposes", limits::kMaxRolePurposes, [&](const Json& e, const std::string& path) {
        p.role_purposes.push_back(role_purpose(JsonObject(e, path, status)));
      });
  if (!object.has("purpose_limits")) return;
  object.list(
      "purpose_limits", limits::kMaxPurposeLimits, [&](const Json& e, const std::string& path) {
        p.purpose_limits.push_back(purpose_limit(JsonObject(e, path, status)));
      });
}

Parameters parameters(JsonObject object, Status& status) {
  Parameters p;
  p.max_block_bytes = number32(object, "max_block_bytes");
  p.max_block_transactions = number32(object, "max_block_transactions");
  p.max_block_operations = number32(object, "max_block_operations");
  p.max_validity_ms = object.number("max_validity_ms", kMaxCounter);
  p.precision_ms = object.number("precision_ms", kMaxCounter);
  p.message_delay_ms = object.number("message_delay_ms", kMaxCounter);
  p.request_timeout_ms = object.number("request_timeout_ms", kMaxCounter);
  p.inclusion_timeout_ms = object.number("inclusion_timeout_ms", kMaxCounter);
  p.stale_ms = object.number("stale_ms", kMaxCounter);
  p.rotation_period_ms = object.number("rotation_period_ms", kMaxCounter);
  p.max_grants_per_patient = number32(object, "max_grants_per_patient");
  p.max_grant_ms = object.number("max_grant_ms", kMaxCounter);
  p.emergency_max_ms = object.number("emergency_max_ms", kMaxCounter);
  p.min_audit_retention_ms = object.number("min_audit_retention_ms", kMaxCounter);
  p.implicit_policy = object.code<ImplicitPolicy>("implicit_policy");
  p.allow_any_permit = object.boolean("allow_any_permit");
  p.terminology_version = static_cast<std::uint16_t>(object.number("terminology_version", kMax16));
  read_tables(object, p, status);
  object.finish();
  return p;
}

Json json_of(const GenesisOrganisation& o) {
  return {
      {"id", to_hex(o.id)},
      {"name", o.name},
      {"kind", name(o.kind)},
      {"region", o.region},
      {"signing_key", to_hex(o.signing_key)},
      {"agreement_key", to_hex(o.agreement_key)},
      {"tls_key", to_hex(o.tls_key)},
      {"signing_possession", to_hex(o.signing_possession)},
      {"agreement_possession", to_hex(o.agreement_possession)},
      {"tls_possession", to_hex(o.tls_possession)},
  };
}

GenesisOrganisation organisation(JsonObject object) {
  GenesisOrganisation o;
  o.id = object.fixed<AccountId>("id");
  o.name = object.text("name");
  o.kind = object.code<OrganisationKind>("kind");
  o.region = object.text("region");
  o.signing_key = object.fixed<PublicKey>("signing_key");
  o.agreement_key = object.fixed<PublicKey>("agreement_key");
  o.tls_key = object.fixed<PublicKey>("tls_key");
  o.signing_possession = object.fixed<Signature>("signing_possession");
  o.agreement_possession = object.fixed<Signature>("agreement_possession");
  o.tls_possession = object.fixed<Signature>("tls_possession");
  object.finish();
  return o;
}

Json json_of(const GenesisValidator& v) {
  return {
      {"organisation", to_hex(v.organisation)},
      {"consensus_key", to_hex(v.consensus_key)},
      {"tls_key", to_hex(v.tls_key)},
      {"receipt_key", to_hex(v.receipt_key)},
      {"consensus_possession", to_hex(v.consensus_possession)},
      {"tls_possession", to_hex(v.tls_possession)},
      {"receipt_possession", to_hex(v.receipt_possession)},
  };
}

GenesisValidator validator(JsonObject object) {
  GenesisValidator v;
  v.organisation = object.fixed<AccountId>("organisation");
  v.consensus_key = object.fixed<PublicKey>("consensus_key");
  v.tls_key = object.fixed<PublicKey>("tls_key");
  v.receipt_key = object.fixed<PublicKey>("receipt_key");
  v.consensus_possession = object.fixed<Signature>("consensus_possession");
  v.tls_possession = object.fixed<Signature>("tls_possession");
  v.receipt_possession = object.fixed<Signature>("receipt_possession");
  object.finish();
  return v;
}

Genesis read_genesis(JsonObject object, Status& status) {
  Genesis g;
  g.version = static_cast<std::uint16_t>(object.number("version", kMax16));
  g.name = object.text("name");
  g.time = TimeMs{object.number("time_ms", kMaxCounter)};
  g.parameters = parameters(object.object("parameters"), status);
  object.list(
      "organisations", limits::kMaxOrganisations, [&](const Json& e, const std::string& path) {
        g.organisations.push_back(organisation(JsonObject(e, path, status)));
      });
  object.list("validators", limits::kMaxValidators, [&](const Json& e, const std::string& path) {
    g.validators.push_back(validator(JsonObject(e, path, status)));
  });
  object.finish();
  return g;
}

}  // namespace

std::string to_json(const Genesis& genesis) {
  Json json = {
      {"version", genesis.version},
      {"name", genesis.name},
      {"time_ms", genesis.time.value},
      {"parameters", json_of(genesis.parameters)},
      {"organisations", Json::array()},
      {"validators", Json::array()},
  };
  for (const GenesisOrganisation& o : genesis.organisations) {
    json["organisations"].push_back(json_of(o));
  }
  for (const GenesisValidator& v : genesis.validators) json["validators"].push_back(json_of(v));
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

Result<Genesis> genesis_from_json(std::string_view text) {
  auto json = parse_json(text, limits::kMaxGenesisBytes);
  if (!json) return fail_in("genesis", std::move(json).error());
  Status status;
  Genesis genesis = read_genesis(JsonObject(*json, "genesis", status), status);
  GALEN_TRY_STATUS(status);
  GALEN_TRY_STATUS(validate(genesis));
  return genesis;
}

}  // namespace galen::ledger
