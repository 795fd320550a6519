#include "client/dry_run.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/consent.h"
#include "client/consent_views.h"
#include "client/state_query.h"
#include "client/text_forms.h"
#include "ledger/receipt.h"
#include "modules/consent/grants.h"
#include "modules/policy/terminology.h"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

namespace galen::client {

namespace {

using ledger::Effect;
using ledger::GranteeKind;
using ledger::Role;

/// What a denial for every purpose is tried with when one is to be chosen.
constexpr const char* kAnyPurposeAsked = "TREAT";
/// Requests in one call; the node takes no more.
constexpr std::size_t kMaxAtOnce = 64;
/// Practitioners and projects that standing grants name and that are asked about.
constexpr std::size_t kMaxNamed = 64;
constexpr std::size_t kMaxProjects = 8;

/// Asked by a person, or by anybody of an organisation in a role.
struct Question {
  std::string subject;
  std::optional<Role> role;
  ledger::AccessRequest request;
};

/// Nobody of a member acts as these, and an emergency is declared before it is asked for.
bool is_asked_by_members(const ledger::RolePurpose& row) {
  return row.role != Role::kPatient && row.role != Role::kProxy &&
         row.purpose != policy::kBreakGlassPurpose;
}

bool bears_on(const policy::Terminology& tables,
              const ConcernedTerms& concerned,
              const std::string& asked) {
  const auto& table =
      concerned.effect == Effect::kPermit ? tables.permit_covers : tables.deny_covers;
  const auto& purposes = concerned.terms.purposes;
  return std::any_of(purposes.begin(), purposes.end(), [&](const std::string& code) {
    return policy::covers(table, code, asked);
  });
}

ConcernedTerms concerned_by(const consent::GrantEntry& entry) {
  return {entry.effect, entry.terms};
}

/// What is to be revoked, as the ledger has it.
Result<ConcernedTerms> terms_to_end(Session& session,
                                    const PatientId& patient,
                                    const GrantId& grant) {
  GALEN_TRY(const auto proven, prove_state(session, consent::GrantEntry::key(patient, grant)));
  if (!proven.state.present) {
    return fail(ErrorCode::kNotFound, "the patient has no grant " + to_hex(grant));
  }
  GALEN_TRY(const auto entry, consent::GrantEntry::decode(proven.state.value));
  return concerned_by(entry);
}

/// nullopt for the patient.
Result<std::optional<AccountId>> grantor_of(const Session& session, const ConsentOptions& terms) {
  if (terms.paper && !terms.as.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--paper: the custodian gives it; not with --as");
  }
  if (terms.paper) return std::optional(session.organisation().id);
  if (terms.as.empty()) return std::optional<AccountId>();
  GALEN_TRY(const auto proxy, parse_id<AccountId>(terms.as, "--as"));
  return std::optional(proxy);
}

Result<ProposedConsent> propose(Session& session, const SimulateOptions& options) {
  ProposedConsent proposed;
  GALEN_TRY(proposed.grantor, grantor_of(session, options.terms));
  if (options.revoke.empty()) {
    GALEN_TRY(const auto terms, make_terms(session, options.terms));
    const bool permit = options.terms.permit;
    proposed.operations.push_back(
        permit ? ledger::encode(ledger::Operation(ledger::GrantAccess{terms}))
               : ledger::encode(ledger::Operation(ledger::DenyAccess{terms})));
    proposed.concerned.push_back({permit ? Effect::kPermit : Effect::kDeny, terms});
    return proposed;
  }
  GALEN_TRY(const auto patient, parse_id<PatientId>(options.terms.patient, "--patient"));
  GALEN_TRY(const auto grant, parse_id<GrantId>(options.revoke, "grant id"));
  GALEN_TRY(proposed.concerned.emplace_back(), terms_to_end(session, patient, grant));
  proposed.operations.push_back(
      ledger::encode(ledger::Operation(ledger::RevokeAccess{patient, grant, {}})));
  return proposed;
}

class DryRun {
 public:
  DryRun(Session& session, ProposedConsent proposed)
      : session_(session),
        proposed_(std::move(proposed)),
        parameters_(session.genesis().parameters),
        tables_(policy::terminology(parameters_.terminology_version)) {}

  /// Records, action and project of every question; of `options` its purpose alone, when it has
  /// one, otherwise each that the terms bear on.
  [[nodiscard]] Status about(const SimulateOptions& options) {
    base_.patient = proposed_.concerned.front().terms.patient;
    GALEN_TRY(base_.records, parse_ids<RecordId>(options.records, "--record"));
    GALEN_TRY(base_.action, parse_code<ledger::Action>(options.action, "--action"));
    GALEN_TRY(base_.project, parse_project(options.project));
    base_.expiry = TimeMs{session_.now().value + 60'000};
    base_ = with_some_record(std::move(base_));
    purpose_ = options.purpose;
    return {};
  }

  [[nodiscard]] Result<SimulateView> for_those(const std::vector<std::string>& subjects) {
    const auto& named = proposed_.concerned.front().terms.purposes;
    std::string purpose = purpose_;
    if (purpose.empty()) purpose = named.empty() ? "*" : named.front();
    if (purpose == policy::kEveryPurpose) purpose = kAnyPurposeAsked;
    for (const std::string& subject : subjects) {
      const auto* organisation = session_.find_organisation(subject);
      if (organisation == nullptr) {
        GALEN_TRY(const auto person, parse_subject(subject));
        add(subject, person, purpose);
        continue;
      }
      std::set<Role> roles = roles_asking(purpose);
      if (roles.empty()) roles.insert(Role::kClinician);  // who hears that it is no purpose of his
      for (const Role role : roles) add(*organisation, role, purpose);
    }
    name_projects_of_terms();
    GALEN_TRY_STATUS(ask(questions_));
    return std::move(view_);
  }

  [[nodiscard]] Result<SimulateView> for_everybody() {
    // Whether it is accepted at all, and whether this node answers.
    GALEN_TRY_STATUS(ask_once({}));
    if (is_refused()) return std::move(view_);
    GALEN_TRY_STATUS(look_at_standing_grants());
    const auto purposes = purposes_asked();
    if (purposes.empty()) {
      return fail(ErrorCode::kInvalidArgument,
                  "--for: say who; nobody of a member may ask for such a purpose");
    }
    for (const auto& organisation : session_.genesis().organisations) {
      for (const auto& row : parameters_.role_purposes) {
        const bool is_asked = is_asked_by_members(row) && purposes.contains(row.purpose);
        if (is_asked) add(organisation, row.role, row.purpose);
      }
    }
    for (const AccountId& person : persons_) {
      for (const std::string& purpose : purposes) add(to_hex(person), person, purpose);
    }
    GALEN_TRY_STATUS(ask(questions_));
    std::erase_if(view_.decisions, [](const auto& decision) { return !decision.changes(); });
    return std::move(view_);
  }

 private:
  [[nodiscard]] bool is_refused() const {
    return view_.result != ledger::name(ledger::ResultCode::kOk);
  }

  [[nodiscard]] std::set<Role> roles_asking(const std::string& purpose) const {
    std::set<Role> roles;
    for (const auto& row : parameters_.role_purposes) {
      if (is_asked_by_members(row) && row.purpose == purpose) roles.insert(row.role);
    }
    return roles;
  }

  /// Purposes that somebody of a member may assert and that what is proposed bears on.
  [[nodiscard]] std::set<std::string> purposes_asked() const {
    std::set<std::string> purposes;
    for (const auto& row : parameters_.role_purposes) {
      if (!is_asked_by_members(row)) continue;
      const auto& all = proposed_.concerned;
      const bool is_borne_on =
          ends_implicit_policy_ || std::any_of(all.begin(), all.end(), [&](const auto& concerned) {
            return bears_on(tables_, concerned, row.purpose);
          });
      const bool is_wanted = purpose_.empty() ? is_borne_on : row.purpose == purpose_;
      if (is_wanted) purposes.insert(row.purpose);
    }
    return purposes;
  }

  /// Whom they name gains or loses by a change for others, what is superseded goes, and with the
  /// first of them the implicit policy.
  [[nodiscard]] Status look_at_standing_grants() {
    GALEN_TRY(const auto grants, fetch_grants(session_, base_.patient));
    const bool is_open = parameters_.implicit_policy == ledger::ImplicitPolicy::kBasicNormal ||
                         parameters_.implicit_policy == ledger::ImplicitPolicy::kAllNormal;
    ends_implicit_policy_ = grants.empty() && is_open;
    std::set<GrantId> superseded;
    for (const auto& concerned : proposed_.concerned) {
      superseded.insert(concerned.terms.supersedes.begin(), concerned.terms.supersedes.end());
      name_grantee(concerned.terms, SIZE_MAX);
    }
    for (const auto& [id, entry] : grants) {
      if (superseded.contains(id)) {
        proposed_.concerned.push_back(concerned_by(entry));
        name_grantee(entry.terms, SIZE_MAX);
      }
    }
    const std::size_t most_persons = persons_.size() + kMaxNamed;
    const std::size_t most_projects = projects_.size() + kMaxProjects;
    for (const auto& [id, entry] : grants) {
      if (entry.status != policy::GrantStatus::kActive) continue;
      const bool is_project = entry.terms.grantee.kind == GranteeKind::kProject;
      name_grantee(entry.terms, is_project ? most_projects : most_persons);
    }
    view_.left_out = static_cast<std::uint32_t>(left_out_.size());
    return {};
  }

  void name_projects_of_terms() {
    for (const auto& concerned : proposed_.concerned) {
      const bool is_project = concerned.terms.grantee.kind == GranteeKind::kProject;
      if (is_project) projects_.insert(concerned.terms.grantee.id);
    }
  }

  /// Persons, and projects in whose name a request has to be made to be one of theirs.
  void name_grantee(const ledger::GrantTerms& terms, std::size_t most) {
    const auto& [kind, id] = terms.grantee;
    if (kind != GranteeKind::kPractitioner && kind != GranteeKind::kProject) return;
    std::set<AccountId>& named = kind == GranteeKind::kProject ? projects_ : persons_;
    if (named.contains(id)) return;
    (named.size() < most ? named : left_out_).insert(id);
  }

  void add(const ledger::GenesisOrganisation& organisation, Role role, const std::string& purpose) {
    ledger::AccessRequest request = base_;
    request.organisation = organisation.id;
    add({organisation.name, role, std::move(request)}, purpose);
  }

  /// His organisation the node knows.
  void add(const std::string& subject, const AccountId& person, const std::string& purpose) {
    ledger::AccessRequest request = base_;
    request.person = person;
    add({subject, std::nullopt, std::move(request)}, purpose);
  }

  void add(Question question, const std::string& purpose) {
    question.request.purpose = purpose;
    std::set<std::optional<AccountId>> projects{base_.project};
    if (!base_.project) projects.insert(projects_.begin(), projects_.end());
    for (const auto& project : projects) {
      question.request.project = project;
      question.request.request = session_.random().next<RequestId>();
      questions_.push_back(question);
    }
  }

  /// The node bounds requests and decisions of one call.
  [[nodiscard]] Status ask(std::span<const Question> questions) {
    std::size_t at_once = kMaxAtOnce;
    while (!questions.empty()) {
      const auto next = questions.first(std::min(at_once, questions.size()));
      const Status asked = ask_once(next);
      if (!asked && asked.error().code == ErrorCode::kTooLarge && next.size() > 1) {
        at_once = next.size() / 2;
        continue;
      }
      if (!asked) return asked;
      if (is_refused()) {
        view_.decisions.clear();  // of a state before the one that refuses it
        return {};
      }
      questions = questions.subspan(next.size());
    }
    return {};
  }

  [[nodiscard]] Status ask_once(std::span<const Question> questions) {
    std::vector<SupposedAccess> requests;
    for (const Question& question : questions) {
      requests.push_back({encode_query(question.request), question.role});
    }
    GALEN_TRY(const auto answer, session_.ask([&](NodeApi& node, Deadline until) {
      return node.simulate(proposed_.operations, proposed_.grantor, requests, until);
    }));
    view_.result = name(static_cast<ledger::ResultCode>(answer.result));
    view_.failed = answer.failed;
    for (const auto& item : answer.items) {
      const Question& question = questions[item.request];
      SimulatedDecision& decision = view_.decisions.emplace_back();
      decision.subject = question.subject;
      if (question.role) decision.role = name(*question.role);
      decision.purpose = question.request.purpose;
      if (question.request.project) decision.project = to_hex(*question.request.project);
      decision.before = to_view(item.before);
      decision.after = to_view(item.after);
    }
    return {};
  }

  Session& session_;
  ProposedConsent proposed_;
  const ledger::Parameters& parameters_;
  const policy::Terminology& tables_;
  ledger::AccessRequest base_;
  std::string purpose_;
  bool ends_implicit_policy_ = false;
  std::set<AccountId> persons_;
  std::set<AccountId> projects_;
  std::set<AccountId> left_out_;
  std::vector<Question> questions_;
  SimulateView view_;
};

}  // namespace

Result<SimulateView> simulate(Session& session, const SimulateOptions& options) {
  GALEN_TRY(auto proposed, propose(session, options));
  DryRun run(session, std::move(proposed));
  GALEN_TRY_STATUS(run.about(options));
  if (!options.subjects.empty()) return run.for_those(options.subjects);
  return run.for_everybody();
}

Result<SimulateView> effects_of(Session& session, const ProposedConsent& proposed) {
  DryRun run(session, proposed);
  GALEN_TRY_STATUS(run.about({}));
  return run.for_everybody();
}

}  // namespace galen::client
