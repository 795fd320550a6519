// The user's options -> terms of a grant.
#include "base/hex.h"
#include "client/consent.h"
#include "client/consent_views.h"
#include "client/state_query.h"
#include "client/text_forms.h"
#include "modules/groups/groups.h"

#include <algorithm>

namespace galen::client {

namespace {

constexpr std::uint64_t kDefaultValidityMs = std::uint64_t{365} * 24 * 60 * 60 * 1000;

Status add_limits(ledger::GrantTerms& terms,
                  ledger::DataMeaning meaning,
                  const std::vector<std::string>& texts,
                  const char* option) {
  for (const auto& text : texts) {
    if (meaning == ledger::DataMeaning::kRelated) {
      terms.data.push_back({meaning, related_id(terms.patient, text)});
      continue;
    }
    GALEN_TRY(const auto id, parse_id<Random32>(text, option));
    terms.data.push_back({meaning, id});
  }
  return {};
}

Status read_scope(Session& session, const ConsentOptions& options, ledger::GrantTerms& terms) {
  using ledger::ActionSet;
  const auto usual = static_cast<ActionSet>(ledger::action_bit(ledger::Action::kDiscover) |
                                            ledger::action_bit(ledger::Action::kRead));
  const ActionSet all_actions = options.permit ? usual : ledger::kAllActions;
  GALEN_TRY(terms.actions,
            (parse_mask<ledger::Action, ActionSet>(options.actions, all_actions, "--action")));
  GALEN_TRY(terms.classes,
            (parse_mask<ledger::RecordClass, ledger::ClassSet>(
                options.classes, ledger::kAllClasses, "--class")));
  terms.confidentiality =
      options.permit ? ledger::Confidentiality::kN : ledger::Confidentiality::kU;
  if (!options.confidentiality.empty()) {
    GALEN_TRY(terms.confidentiality,
              parse_code<ledger::Confidentiality>(options.confidentiality, "--confidentiality"));
  }
  GALEN_TRY(
      const WrittenLabels labels,
      write_labels(session, terms.patient, options.labels, LabelUse::kScope, options.labels_as));
  terms.labels = labels.labels;
  terms.labels_key_id = labels.key_id;
  GALEN_TRY_STATUS(
      add_limits(terms, ledger::DataMeaning::kInstance, options.instances, "--instance"));
  GALEN_TRY_STATUS(add_limits(terms, ledger::DataMeaning::kRelated, options.related, "--related"));
  GALEN_TRY_STATUS(
      add_limits(terms, ledger::DataMeaning::kAuthoredBy, options.authors, "--author"));
  sort_unique(terms.data);
  return {};
}

Status read_window(const ConsentOptions& options, TimeMs now, ledger::GrantTerms& terms) {
  terms.valid_from = now;
  if (!options.from.empty()) {
    GALEN_TRY(terms.valid_from, parse_time(options.from, now, "--from"));
  }
  if (!options.until.empty()) {
    GALEN_TRY(terms.valid_to, parse_time(options.until, now, "--until"));
  } else if (options.permit) {
    terms.valid_to = TimeMs{terms.valid_from.value + kDefaultValidityMs};
  }
  if (!options.erase_by.empty()) {
    GALEN_TRY(terms.erase_at, parse_time(options.erase_by, now, "--erase-by"));
  }
  if (terms.erase_at && terms.valid_to && *terms.erase_at < *terms.valid_to) {
    return fail(
        ErrorCode::kInvalidArgument,
        "--erase-by: must not be before the end (--until, by default 365 days after the start)");
  }
  if (terms.valid_to && *terms.valid_to <= terms.valid_from) {
    return fail(ErrorCode::kInvalidArgument, "--until: must be later than --from");
  }
  if (!options.data_from.empty()) {
    GALEN_TRY(terms.data_from, parse_date(options.data_from, "--data-from"));
  }
  if (!options.data_to.empty()) {
    GALEN_TRY(terms.data_to, parse_date(options.data_to, "--data-to"));
  }
  return {};
}

/// One that no member is in would open nothing, and deny nobody.
Status check_region(const Session& session, const std::string& region) {
  std::string known;
  for (const auto& organisation : session.genesis().organisations) {
    if (organisation.region == region) return {};
    if (known.find(organisation.region) == std::string::npos) known += " " + organisation.region;
  }
  return fail(ErrorCode::kInvalidArgument,
              "--region: no member is in '" + region + "'; members are in" + known);
}

/// Where it may go, under which policy, and what the patient signed.
Status read_frame(const Session& session,
                  const ConsentOptions& options,
                  ledger::GrantTerms& terms) {
  for (const std::string& region : options.regions) GALEN_TRY_STATUS(check_region(session, region));
  terms.regions = options.regions;
  sort_unique(terms.regions);
  const auto& policies = session.genesis().parameters.policies;
  if (!policies.empty()) terms.policy = policies.front();
  if (!options.policy.empty()) {
    GALEN_TRY(terms.policy, parse_id<Digest>(options.policy, "--policy"));
    if (std::find(policies.begin(), policies.end(), terms.policy) == policies.end()) {
      return fail(ErrorCode::kInvalidArgument,
                  "--policy: the consortium has registered no such version");
    }
  }
  if (!options.text_commitment.empty()) {
    GALEN_TRY(terms.terms_commitment,
              parse_id<Digest>(options.text_commitment, "--text-commitment"));
    if (terms.terms_commitment.is_zero()) {
      return fail(ErrorCode::kInvalidArgument, "--text-commitment: zero stands for none");
    }
  }
  return {};
}

}  // namespace

Result<ledger::GrantTerms> make_terms(Session& session, const ConsentOptions& options) {
  ledger::GrantTerms terms;
  GALEN_TRY(terms.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(terms.grantee, parse_grantee(session, options.grantee));
  terms.purposes = options.purposes;
  sort_unique(terms.purposes);
  if (terms.purposes.empty() && !options.permit) terms.purposes = {"*"};
  if (terms.purposes.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--purpose: a permit needs at least one purpose");
  }
  GALEN_TRY_STATUS(read_scope(session, options, terms));
  GALEN_TRY_STATUS(read_window(options, session.now(), terms));
  GALEN_TRY(terms.supersedes, parse_ids<GrantId>(options.supersedes, "--supersedes"));
  terms.max_uses = options.max_uses;
  terms.follow = options.follow;
  terms.emergency_override = options.forbid_emergency ? ledger::EmergencyOverride::kForbid
                                                      : ledger::EmergencyOverride::kAllow;
  terms.acknowledge_shadowed = options.acknowledge_shadowed;
  GALEN_TRY_STATUS(read_frame(session, options, terms));
  terms.group_version = options.group_version;
  if (!options.group_version) GALEN_TRY_STATUS(freeze_group(session, terms));
  return terms;
}

Status freeze_group(Session& session, ledger::GrantTerms& terms) {
  if (!terms.names_group() || terms.follow) return {};
  GALEN_TRY(const auto proven, find_state(session, groups::GroupEntry::key(terms.grantee.id)));
  if (!proven) {
    return fail(ErrorCode::kNotFound, "no such group or project: " + to_hex(terms.grantee.id));
  }
  GALEN_TRY(const auto group, groups::GroupEntry::decode(proven->state.value));
  terms.group_version = group.version;
  return {};
}

}  // namespace galen::client
