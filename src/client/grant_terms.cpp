// The user's options -> terms of a grant.
#include "base/hex.h"
#include "client/consent.h"
#include "client/consent_views.h"
#include "client/text_forms.h"

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

Status read_scope(const ConsentOptions& options, ledger::GrantTerms& terms) {
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
  terms.labels = options.labels;
  sort_unique(terms.labels);
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

}  // namespace

Result<ledger::GrantTerms> make_terms(const Session& session, const ConsentOptions& options) {
  ledger::GrantTerms terms;
  GALEN_TRY(terms.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(terms.grantee, parse_grantee(session, options.grantee));
  terms.purposes = options.purposes;
  sort_unique(terms.purposes);
  if (terms.purposes.empty() && !options.permit) terms.purposes = {"*"};
  if (terms.purposes.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--purpose: a permit needs at least one purpose");
  }
  GALEN_TRY_STATUS(read_scope(options, terms));
  GALEN_TRY_STATUS(read_window(options, session.now(), terms));
  GALEN_TRY(terms.supersedes, parse_ids<GrantId>(options.supersedes, "--supersedes"));
  terms.max_uses = options.max_uses;
  terms.follow = options.follow;
  terms.emergency_override = options.forbid_emergency ? ledger::EmergencyOverride::kForbid
                                                      : ledger::EmergencyOverride::kAllow;
  terms.acknowledge_shadowed = options.acknowledge_shadowed;
  const auto& policies = session.genesis().parameters.policies;
  if (!policies.empty()) terms.policy = policies.front();
  return terms;
}

}  // namespace galen::client
