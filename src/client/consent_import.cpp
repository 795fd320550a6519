#include "client/consent_import.h"

#include "base/hex.h"
#include "base/limits.h"
#include "client/authorise.h"
#include "client/consent.h"
#include "client/dry_run.h"
#include "client/registration.h"
#include "client/text_forms.h"
#include "fhir/consent.h"
#include "ledger/result_fields.h"
#include "modules/consent/terms.h"

#include <algorithm>

namespace galen::client {

namespace {

/// References as a hospital writes them: names of members, ids of the ledger, encounters of its
/// own.
class LedgerReferences final : public fhir::References {
 public:
  LedgerReferences(const Session& session, const PatientId& patient)
      : session_(session), patient_(patient) {}

  [[nodiscard]] std::optional<AccountId> account(const std::string& type,
                                                 const std::string& id) const override {
    if (type != "Organization") return from_hex<AccountId>(id);
    const auto* organisation = session_.find_organisation(id);
    if (organisation == nullptr) {
      const auto known = from_hex<AccountId>(id);
      organisation = known ? session_.find_organisation(*known) : nullptr;
    }
    return organisation == nullptr ? std::nullopt : std::optional(organisation->id);
  }

  [[nodiscard]] std::optional<Random32> data(ledger::DataMeaning meaning,
                                             const std::string& type,
                                             const std::string& id) const override {
    switch (meaning) {
      case ledger::DataMeaning::kInstance: return from_hex<Random32>(id);
      case ledger::DataMeaning::kRelated: {
        const auto known = from_hex<Random32>(id);
        return known ? known : std::optional(related_id(patient_, type + "/" + id));
      }
      case ledger::DataMeaning::kAuthoredBy: {
        const auto author = account(type, id);
        if (!author) return std::nullopt;
        return id_cast<Random32>(*author);
      }
    }
    return std::nullopt;
  }

 private:
  template <class Id>
  static std::optional<Id> from_hex(const std::string& text) {
    const auto id = fixed_from_hex<Id>(text, "id");
    return id ? std::optional(*id) : std::nullopt;
  }

  const Session& session_;
  const PatientId& patient_;
};

class Import {
 public:
  Import(Session& session, const ImportOptions& options) : session_(session), options_(options) {}

  [[nodiscard]] Result<ImportResult> run() {
    GALEN_TRY(patient_, parse_id<PatientId>(options_.patient, "--patient"));
    const TimeMs now = session_.now();
    GALEN_TRY(default_end_,
              parse_time(options_.until.empty() ? "+365d" : options_.until, now, "--until"));
    const auto& parameters = session_.genesis().parameters;
    translation_ = fhir::translate_consent(
        options_.consent,
        fhir::Vocabulary{policy::terminology(parameters.terminology_version), {}},
        LedgerReferences(session_, patient_));
    check_patient();
    for (fhir::FlatGrant& grant : translation_.grants) complete(grant, now);
    if (has_errors() || translation_.grants.empty()) return result();
    for (fhir::FlatGrant& grant : translation_.grants) GALEN_TRY_STATUS(tag_labels(grant.terms));
    for (fhir::FlatGrant& grant : translation_.grants) {
      if (!grant.terms.group_version) GALEN_TRY_STATUS(freeze_group(session_, grant.terms));
    }
    GALEN_TRY_STATUS(supersede_others());
    return options_.dry_run ? rehearse() : submit();
  }

 private:
  void issue(fhir::Severity severity, fhir::IssueCode code, std::string location, std::string why) {
    translation_.issues.push_back({severity, code, std::move(location), std::move(why)});
  }

  [[nodiscard]] bool has_errors() const {
    return std::any_of(
        translation_.issues.begin(), translation_.issues.end(), [](const fhir::Issue& each) {
          return each.severity == fhir::Severity::kError;
        });
  }

  /// A patient id of the ledger must be the right one; any other is the hospital's own.
  void check_patient() {
    if (translation_.patient.empty()) return;
    const std::string id = translation_.patient.substr(std::string("Patient/").size());
    const auto named = fixed_from_hex<PatientId>(id, "patient");
    if (named && *named != patient_) {
      issue(fhir::Severity::kError,
            fhir::IssueCode::kValue,
            "Consent.patient",
            "is another patient than --patient");
    } else if (!named) {
      issue(fhir::Severity::kInformation,
            fhir::IssueCode::kInformational,
            "Consent.patient",
            "'" + translation_.patient + "' is taken to be the patient given");
    }
  }

  /// What a consent need not say and a grant must.
  void complete(fhir::FlatGrant& grant, TimeMs now) {
    ledger::GrantTerms& terms = grant.terms;
    const auto& parameters = session_.genesis().parameters;
    terms.patient = patient_;
    terms.acknowledge_shadowed = options_.acknowledge_shadowed;
    const bool names_policy = !terms.policy.is_zero();
    if (!names_policy && !parameters.policies.empty()) terms.policy = parameters.policies.front();
    if (terms.valid_from == TimeMs{}) terms.valid_from = now;
    if (grant.effect == ledger::Effect::kPermit && !terms.valid_to) {
      terms.valid_to = default_end_;
      issue(fhir::Severity::kWarning,
            fhir::IssueCode::kBusinessRule,
            grant.path + ".period",
            "a permit must end: without an end this one holds until " + time_text(default_end_));
    }
    ledger::GrantTerms checked = terms;
    // Of which version the members are meant is asked for later: that takes a node.
    const bool freezes = terms.names_group() && !terms.follow && !terms.group_version;
    if (freezes) checked.group_version = 1;
    const auto code = consent::check_terms(grant.effect, checked, parameters);
    if (code == ledger::ResultCode::kOk) return;
    issue(fhir::Severity::kError,
          fhir::IssueCode::kBusinessRule,
          grant.path,
          "the ledger does not accept the grant: " +
              ledger::describe(ledger::OperationType::kGrantAccess, code));
  }

  /// The translation has put in what is below R4's codes; a modifier means just what it says. Tags
  /// stay those they are.
  [[nodiscard]] Status tag_labels(ledger::GrantTerms& terms) {
    if (terms.labels_key_id) return {};
    GALEN_TRY(
        const WrittenLabels labels,
        write_labels(session_, patient_, terms.labels, LabelUse::kRecord, options_.labels_as));
    terms.labels = labels.labels;
    terms.labels_key_id = labels.key_id;
    return {};
  }

  /// The first grants carry the ids of those that end with them.
  [[nodiscard]] Status supersede_others() {
    if (!translation_.replaces_others) return {};
    ListGrantsOptions all;
    all.patient = options_.patient;
    GALEN_TRY(const auto views, list_grants(session_, all));
    std::vector<GrantId> ending;
    for (const GrantView& view : views) {
      if (view.status != "active") continue;
      GALEN_TRY(const auto id, parse_id<GrantId>(view.grant, "grant id"));
      ending.push_back(id);
      superseded_.push_back(view.grant);
    }
    std::sort(ending.begin(), ending.end());
    std::size_t next = 0;
    for (fhir::FlatGrant& grant : translation_.grants) {
      const std::size_t count = std::min(limits::kMaxSupersedes, ending.size() - next);
      for (std::size_t i = 0; i < count; ++i) grant.terms.supersedes.push_back(ending[next++]);
    }
    if (next == ending.size()) return {};
    return fail(ErrorCode::kFailedPrecondition,
                "the consent ends " + std::to_string(ending.size()) +
                    " other grants, more than its own can name; revoke some first");
  }

  [[nodiscard]] static ledger::Operation operation_of(const fhir::FlatGrant& grant) {
    if (grant.effect == ledger::Effect::kDeny) return ledger::DenyAccess{grant.terms};
    return ledger::GrantAccess{grant.terms};
  }

  [[nodiscard]] Result<ImportResult> rehearse() {
    ProposedConsent proposed;
    for (const fhir::FlatGrant& grant : translation_.grants) {
      proposed.operations.push_back(ledger::encode(operation_of(grant)));
      proposed.concerned.push_back({grant.effect, grant.terms});
    }
    ImportResult out = result();
    auto effects = effects_of(session_, proposed);
    // Another member brings his consent, but is not told what it changes; without a node nobody is.
    const bool is_told = effects || (effects.error().code != ErrorCode::kNotFound &&
                                     !Session::is_transient(effects.error()));
    if (!is_told) return out;
    GALEN_TRY(out.effects, std::move(effects));
    return out;
  }

  [[nodiscard]] Result<ImportResult> submit() {
    GALEN_TRY(const Signer signer,
              find_signer(session_, id_cast<AccountId>(patient_), options_.key_file));
    std::vector<Authorised> operations;
    for (const fhir::FlatGrant& grant : translation_.grants) {
      operations.push_back(
          authorise(session_, operation_of(grant), ledger::AuthorisationRole::kPatient, signer));
    }
    GALEN_TRY(const Receipted receipted, session_.transact(operations));
    ImportResult done = result();
    for (std::size_t i = 0; i < receipted.results.size(); ++i) {
      const auto& each = receipted.results[i];
      if (!receipted.ok && each.code != ledger::ResultCode::kOk) {
        return fail(ErrorCode::kFailedPrecondition,
                    "the ledger rejected the transaction: " +
                        ledger::describe(ledger::type_of(operations[i].operation), each.code) +
                        " (grant " + std::to_string(i + 1) + ", transaction " +
                        to_hex(receipted.id) + ")");
      }
      if (i < done.grants.size()) done.grants[i].grant = to_hex(each.detail);
    }
    if (!receipted.ok) return fail(ErrorCode::kFailedPrecondition, "the ledger rejected it");
    for (GrantView& view : done.grants) view.status = "active";
    done.committed = to_committed(receipted);
    return done;
  }

  [[nodiscard]] ImportResult result() {
    ImportResult out;
    if (!has_errors()) {
      for (const fhir::FlatGrant& grant : translation_.grants) {
        out.grants.push_back(terms_view(session_, grant.effect, grant.terms));
        out.grants.back().status = "not signed";
      }
      out.supersedes = superseded_;
    }
    for (const fhir::Issue& each : translation_.issues) {
      out.issues.push_back({std::string(fhir::name(each.severity)),
                            std::string(fhir::name(each.code)),
                            each.location,
                            each.diagnostics});
    }
    if (!translation_.issues.empty()) {
      out.operation_outcome = fhir::operation_outcome(translation_.issues);
    }
    return out;
  }

  Session& session_;
  const ImportOptions& options_;
  PatientId patient_;
  TimeMs default_end_;
  fhir::Translation translation_;
  std::vector<std::string> superseded_;
};

}  // namespace

Result<ImportResult> import_consent(Session& session, const ImportOptions& options) {
  return Import(session, options).run();
}

}  // namespace galen::client
