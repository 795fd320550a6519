#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/fields.h"
#include "ledger/genesis.h"

#include <algorithm>
#include <initializer_list>

namespace galen::ledger {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::uint16_t kParametersVersion = 2;
/// With limits for single purposes; without them the bytes are those of version 2.
constexpr std::uint16_t kPurposeLimitsVersion = 3;

StatutoryRule read_statutory_rule(Reader& r) {
  StatutoryRule rule;
  rule.purpose = fields::read_code(r, limits::kMaxCodeBytes);
  rule.kind = fields::read_enumeration<OrganisationKind>(r);
  rule.classes = fields::read_classes(r);
  return rule;
}

LabelObligation read_label_obligation(Reader& r) {
  LabelObligation rule;
  rule.label = fields::read_code(r, limits::kMaxLabelBytes);
  rule.obligation = fields::read_code(r, limits::kMaxLabelBytes);
  return rule;
}

RolePurpose read_role_purpose(Reader& r) {
  RolePurpose pair;
  pair.role = fields::read_enumeration<Role>(r);
  pair.purpose = fields::read_code(r, limits::kMaxCodeBytes);
  return pair;
}

PurposeLimit read_purpose_limit(Reader& r) {
  PurposeLimit limit;
  limit.purpose = fields::read_code(r, limits::kMaxCodeBytes);
  limit.max_grant_ms = r.u64();
  return limit;
}

void write_tables(Writer& w, const Parameters& p) {
  fields::write_ids(w, p.policies);
  w.count(p.statutory.size());
  for (const StatutoryRule& rule : p.statutory) {
    w.text(rule.purpose).enumeration(rule.kind).u16(rule.classes);
  }
  w.count(p.label_obligations.size());
  for (const LabelObligation& rule : p.label_obligations) w.text(rule.label).text(rule.obligation);
  w.count(p.role_purposes.size());
  for (const RolePurpose& pair : p.role_purposes) w.enumeration(pair.role).text(pair.purpose);
}

void read_tables(Reader& r, Parameters& p) {
  p.policies = fields::read_sorted_ids<Digest>(r, limits::kMaxPolicies, "policies");
  p.statutory = fields::read_sorted<StatutoryRule>(
      r, limits::kMaxStatutoryRules, "statutory rules", read_statutory_rule);
  p.label_obligations = fields::read_sorted<LabelObligation>(
      r, limits::kMaxLabelObligations, "label obligations", read_label_obligation);
  p.role_purposes = fields::read_sorted<RolePurpose>(
      r, limits::kMaxRolePurposes, "role purposes", read_role_purpose);
}

void allow(std::vector<RolePurpose>& table,
           Role role,
           std::initializer_list<const char*> purposes) {
  for (const char* purpose : purposes) table.push_back(RolePurpose{role, purpose});
}

std::vector<RolePurpose> default_role_purposes() {
  std::vector<RolePurpose> table;
  allow(table, Role::kClinician, {"BTG", "CLINTRL", "COC", "ETREAT", "TREAT"});
  allow(
      table, Role::kBilling, {"CLMATTCH", "COVAUTH", "COVERAGE", "HOPERAT", "HPAYMT", "REMITADV"});
  allow(table, Role::kPayer, {"CLMATTCH", "COVAUTH", "COVERAGE", "HPAYMT", "REMITADV"});
  allow(table, Role::kResearcher, {"BIORCH", "CLINTRCH", "DSRCH", "HRESCH"});
  allow(table, Role::kPublicHealth, {"PUBHLTH"});
  allow(table, Role::kAuditor, {"FRAUD", "HOPERAT", "HQUALIMP"});
  allow(table, Role::kPatient, {"PATRQT"});
  allow(table, Role::kProxy, {"FAMRQT", "PWATRNY"});
  std::sort(table.begin(), table.end());
  return table;
}

}  // namespace

namespace fields {

void write(Writer& w, const Parameters& p) {
  w.u16(p.purpose_limits.empty() ? kParametersVersion : kPurposeLimitsVersion);
  w.u32(p.max_block_bytes).u32(p.max_block_transactions).u32(p.max_block_operations);
  w.u64(p.max_validity_ms).u64(p.precision_ms).u64(p.message_delay_ms).u64(p.request_timeout_ms);
  w.u64(p.inclusion_timeout_ms).u64(p.stale_ms).u64(p.rotation_period_ms);
  w.u32(p.max_grants_per_patient).u64(p.max_grant_ms).u64(p.emergency_max_ms);
  w.u64(p.min_audit_retention_ms);
  w.enumeration(p.implicit_policy).boolean(p.allow_any_permit).u16(p.terminology_version);
  write_tables(w, p);
  if (p.purpose_limits.empty()) return;
  w.count(p.purpose_limits.size());
  for (const PurposeLimit& limit : p.purpose_limits) w.text(limit.purpose).u64(limit.max_grant_ms);
}

Parameters read_parameters(Reader& r) {
  Parameters p;
  const std::uint16_t version = r.u16();
  if (!r.failed() && version != kParametersVersion && version != kPurposeLimitsVersion) {
    r.fail_with("another version of parameters");
  }
  p.max_block_bytes = r.u32();
  p.max_block_transactions = r.u32();
  p.max_block_operations = r.u32();
  p.max_validity_ms = r.u64();
  p.precision_ms = r.u64();
  p.message_delay_ms = r.u64();
  p.request_timeout_ms = r.u64();
  p.inclusion_timeout_ms = r.u64();
  p.stale_ms = r.u64();
  p.rotation_period_ms = r.u64();
  p.max_grants_per_patient = r.u32();
  p.max_grant_ms = r.u64();
  p.emergency_max_ms = r.u64();
  p.min_audit_retention_ms = r.u64();
  p.implicit_policy = read_enumeration<ImplicitPolicy>(r);
  p.allow_any_permit = r.boolean();
  p.terminology_version = r.u16();
  read_tables(r, p);
  if (version == kPurposeLimitsVersion) {
    p.purpose_limits = fields::read_sorted<PurposeLimit>(
        r, limits::kMaxPurposeLimits, "purpose limits", read_purpose_limit);
    if (!r.failed() && p.purpose_limits.empty()) r.fail_with("version 3 without purpose limits");
  }
  return p;
}

}  // namespace fields

Bytes encode(const Parameters& parameters) {
  Writer w;
  fields::write(w, parameters);
  return std::move(w).take();
}

Result<Parameters> decode_parameters(BytesView bytes) {
  Reader r(bytes, "parameters");
  Parameters parameters = fields::read_parameters(r);
  return fields::finish(r, std::move(parameters));
}

Parameters default_parameters() {
  Parameters p;
  p.policies = {crypto::tagged("policy", as_bytes("galen-default-1"))};
  const auto reportable =
      static_cast<ClassSet>(class_bit(RecordClass::kSummary) | class_bit(RecordClass::kLab) |
                            class_bit(RecordClass::kImmunization));
  p.statutory = {StatutoryRule{"PUBHLTH", OrganisationKind::kPublicHealth, reportable}};
  for (const char* label : {"ETHUD", "OPIOIDUD", "SUD"}) {
    p.label_obligations.push_back(LabelObligation{label, "42cfr2-notice"});
  }
  p.role_purposes = default_role_purposes();
  return p;
}

}  // namespace galen::ledger
