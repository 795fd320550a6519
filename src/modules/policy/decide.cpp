#include "modules/policy/decide.h"

#include "modules/policy/matching.h"

#include <algorithm>
#include <array>
#include <span>

namespace galen::policy {

namespace {

using ledger::Action;
using ledger::Effect;
using ledger::ImplicitPolicy;
using ledger::Role;

template <class List, class Item>
bool contains(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// One evaluation. Each step answers with its decision, or nullopt when it does not apply.
class Evaluation {
 public:
  Evaluation(const PolicyTables& tables, const Access& access, const IndexedConsent& consent)
      : tables_(tables), access_(access), consent_(consent) {}

  [[nodiscard]] Decision run() const {
    using Step = std::optional<Decision> (Evaluation::*)() const;
    static constexpr std::array<Step, 10> kSteps{&Evaluation::role_and_purpose,
                                                 &Evaluation::member,
                                                 &Evaluation::record_state,
                                                 &Evaluation::staleness,
                                                 &Evaluation::patient,
                                                 &Evaluation::proxy,
                                                 &Evaluation::own_record,
                                                 &Evaluation::break_glass,
                                                 &Evaluation::statutory,
                                                 &Evaluation::denies};
    for (const Step step : kSteps) {
      if (auto decision = (this->*step)()) return *std::move(decision);
    }
    const PermitSearch found = search_permits();
    if (found.deciding != nullptr) return permit_by(*found.deciding);
    return consent_.never_granted() ? implicit_policy() : nearest_miss(found);
  }

 private:
  /// What the permits say. Both members are the smallest id of their kind.
  struct PermitSearch {
    const GrantFacts* deciding = nullptr;  ///< matches in every field
    const GrantFacts* nearest = nullptr;   ///< matches in most fields, the grantee among them
    Reason reason = Reason::kGrantee;      ///< the field in which `nearest` fails
    int fields = 0;                        ///< how many it matches
  };

  [[nodiscard]] static Decision deny(Reason reason, std::optional<GrantId> grant = std::nullopt) {
    return Decision{false, reason, grant, {}, {}};
  }

  [[nodiscard]] Decision permit(Reason reason, std::vector<std::string> obligations = {}) const {
    if (record().status == ledger::RecordStatus::kSuperseded) {
      obligations.emplace_back("superseded-version");
    }
    return Decision{true, reason, std::nullopt, std::move(obligations), {}};
  }

  [[nodiscard]] std::optional<Decision> role_and_purpose() const {
    if (may_assert(tables_, requester().role, request().purpose)) return std::nullopt;
    return deny(Reason::kPurpose);
  }

  [[nodiscard]] std::optional<Decision> member() const {
    if (requester().organisation_active && requester().person_active) return std::nullopt;
    return deny(Reason::kMemberInactive);
  }

  [[nodiscard]] std::optional<Decision> record_state() const {
    switch (record().status) {
      case ledger::RecordStatus::kErased: return deny(Reason::kRecordErased);
      case ledger::RecordStatus::kEnteredInError: return deny(Reason::kRecordRetracted);
      default: return std::nullopt;
    }
  }

  [[nodiscard]] std::optional<Decision> staleness() const {
    if (!is_stale(tables_, request().purpose, request().state_age_ms)) return std::nullopt;
    return deny(Reason::kStaleState);
  }

  [[nodiscard]] std::optional<Decision> patient() const {
    if (requester().role != Role::kPatient) return std::nullopt;
    if (request().purpose != "PATRQT") return deny(Reason::kPurpose);
    if (record().withhold_from_patient) return deny(Reason::kWithheldFromPatient);
    return permit(Reason::kSelf);
  }

  [[nodiscard]] std::optional<Decision> proxy() const {
    if (requester().role != Role::kProxy) return std::nullopt;
    // Of several authorisations the one that goes furthest answers, whatever their order.
    std::optional<Reason> furthest;
    for (const ProxyFacts& facts : consent_.proxies) {
      const Reason reason = judge(facts);
      if (reason == Reason::kProxy) return permit(Reason::kProxy);
      // Numbered in the order of the checks, but for withholding, which comes last.
      if (!furthest || reason == Reason::kWithheldFromPatient ||
          (*furthest != Reason::kWithheldFromPatient && reason > *furthest)) {
        furthest = reason;
      }
    }
    return deny(furthest.value_or(Reason::kProxyNotAuthorized));
  }

  [[nodiscard]] Reason judge(const ProxyFacts& facts) const {
    if (facts.proxy != requester().person || facts.purpose != request().purpose) {
      return Reason::kProxyNotAuthorized;
    }
    if (request().at.earliest < facts.from || facts.to <= request().at.latest) {
      return Reason::kProxyExpired;
    }
    const auto excluded = [&facts](const std::string& label) {
      return contains(facts.exclude_labels, label);
    };
    const auto& labels = record().labels;
    // Tags cannot be compared with clear codes or with tags under another key: fails closed.
    const bool unknown = record().labels_key_id != facts.labels_key_id && !labels.empty() &&
                         !facts.exclude_labels.empty();
    if (unknown || std::any_of(labels.begin(), labels.end(), excluded)) return Reason::kProxyScope;
    if (record().withhold_from_patient) return Reason::kWithheldFromPatient;
    return Reason::kProxy;
  }

  [[nodiscard]] std::optional<Decision> own_record() const {
    static constexpr std::array<std::string_view, 4> kPurposes{
        "TREAT", "ETREAT", "HPAYMT", "HOPERAT"};
    const bool applies = requester().organisation == record().custodian &&
                         request().action != Action::kRedisclose &&
                         contains(kPurposes, request().purpose);
    if (!applies) return std::nullopt;
    return permit(Reason::kOwnRecord);
  }

  [[nodiscard]] std::optional<Decision> break_glass() const {
    if (request().purpose != kBreakGlassPurpose) return std::nullopt;
    if (!requester().emergency_privilege) return deny(Reason::kEmergencyNotPrivileged);
    bool declared = false;
    bool live = false;
    for (const EmergencyFacts& facts : consent_.emergencies) {
      if (facts.person != requester().person || !covers(facts)) continue;
      declared = true;
      live = live || is_live(facts);
    }
    if (!declared) return deny(Reason::kEmergencyNotDeclared);
    if (!live) return deny(Reason::kEmergencyExpired);
    if (const auto grant = matching_deny(DenyKind::kForbidding)) {
      return deny(Reason::kEmergencyForbidden, grant);
    }
    return permit(Reason::kBreakGlass, {"notify-patient", "review"});
  }

  [[nodiscard]] bool covers(const EmergencyFacts& facts) const {
    return facts.records.empty() ||
           std::binary_search(facts.records.begin(), facts.records.end(), record().id);
  }

  [[nodiscard]] bool is_live(const EmergencyFacts& facts) const {
    const Instant& at = request().at;
    return facts.from <= at.earliest && at.latest < facts.to &&
           at.latest.value - facts.from.value < tables_.parameters.emergency_max_ms;
  }

  [[nodiscard]] std::optional<Decision> statutory() const {
    const auto& rules = tables_.parameters.statutory;
    const auto applies = [this](const ledger::StatutoryRule& rule) {
      return rule.purpose == request().purpose && rule.kind == requester().kind &&
             (rule.classes & ledger::class_bit(record().record_class)) != 0;
    };
    if (std::none_of(rules.begin(), rules.end(), applies)) return std::nullopt;
    return permit(Reason::kRequiredByLaw, {"accounting-of-disclosures"});
  }

  [[nodiscard]] std::optional<Decision> denies() const {
    const auto grant = matching_deny(DenyKind::kAny);
    if (!grant) return std::nullopt;
    return deny(Reason::kDenyGrant, grant);
  }

  enum class DenyKind : std::uint8_t { kAny, kForbidding };

  /// Smallest id of the denies that match, or of those that forbid break-glass.
  [[nodiscard]] std::optional<GrantId> matching_deny(DenyKind kind) const {
    const GrantFacts* smallest = nullptr;
    consent_.grants.for_each_layer([&](const GrantLayer& layer) {
      const Question question(access_, layer.index, tables_.terminology.deny_covers);
      const auto matches = [&](const IndexedGrant& grant) {
        const bool hits = kind == DenyKind::kAny
                              ? deny_matches(grant, question)
                              : grant.forbids_emergency && deny_forbids(grant, question);
        return hits && !layer.hides(grant.facts->id);
      };
      for (const auto& list : layer.index.candidates(Effect::kDeny, requester())) {
        // Ids ascend within a list, so its first match is its smallest.
        const auto found = std::find_if(list.begin(), list.end(), matches);
        if (found != list.end()) smallest = smaller_id(smallest, found->facts);
      }
    });
    return smallest == nullptr ? std::nullopt : std::optional(smallest->id);
  }

  [[nodiscard]] static const GrantFacts* smaller_id(const GrantFacts* a, const GrantFacts* b) {
    return a == nullptr || b->id < a->id ? b : a;
  }

  [[nodiscard]] PermitSearch search_permits() const {
    PermitSearch search;
    consent_.grants.for_each_layer([&](const GrantLayer& layer) {
      const Question question(access_, layer.index, tables_.terminology.permit_covers);
      for (const auto& list : layer.index.candidates(Effect::kPermit, requester())) {
        search_list(layer, list, question, search);
      }
    });
    return search;
  }

  /// Ids ascend within a list: the first of equals is the one that counts.
  static void search_list(const GrantLayer& layer,
                          std::span<const IndexedGrant> list,
                          const Question& question,
                          PermitSearch& search) {
    int furthest = 0;  // fields, in this list
    for (const IndexedGrant& grant : list) {
      const auto mismatch = permit_mismatch(grant, question);
      const int fields = mismatch ? matched_fields(*mismatch) : 0;
      if (mismatch && fields <= furthest) continue;
      if (layer.hides(grant.facts->id)) continue;
      if (!mismatch) {
        search.deciding = smaller_id(search.deciding, grant.facts);
        return;
      }
      furthest = fields;
      const bool nearer = fields > search.fields ||
                          (fields == search.fields && grant.facts->id < search.nearest->id);
      if (nearer) search = {search.deciding, grant.facts, *mismatch, fields};
    }
  }

  [[nodiscard]] Decision permit_by(const GrantFacts& grant) const {
    Decision decision = permit(Reason::kGrant, obligations(grant));
    decision.grant = grant.id;
    if (record().labels_key_id) {
      decision.label_tags = LabelTags{*record().labels_key_id, record().labels};
    }
    return decision;
  }

  [[nodiscard]] std::vector<std::string> obligations(const GrantFacts& grant) const {
    std::vector<std::string> result;
    if (!record().labels_key_id) {
      for (const ledger::LabelObligation& row : tables_.parameters.label_obligations) {
        if (contains(record().labels, row.label)) result.push_back(row.obligation);
      }
      std::sort(result.begin(), result.end());
      result.erase(std::unique(result.begin(), result.end()), result.end());
    }
    if (grant.terms->erase_at) result.push_back("erase-by=" + utc_text(*grant.terms->erase_at));
    return result;
  }

  [[nodiscard]] Decision implicit_policy() const {
    const ImplicitPolicy policy = tables_.parameters.implicit_policy;
    const bool is_treatment = requester().role == Role::kClinician &&
                              (request().purpose == "TREAT" || request().purpose == "ETREAT");
    const bool covers_requester = policy == ImplicitPolicy::kAllNormal ||
                                  (policy == ImplicitPolicy::kBasicNormal && is_treatment);
    const bool is_look = request().action == Action::kDiscover || request().action == Action::kRead;
    const bool is_normal =
        record().confidentiality <= ledger::Confidentiality::kN && record().labels.empty();
    if (!covers_requester || !is_look || !is_normal) return deny(Reason::kNoConsent);
    return permit(Reason::kImplicit);
  }

  /// Permits that name others were not visited: they all fail at the grantee.
  [[nodiscard]] Decision nearest_miss(const PermitSearch& found) const {
    if (found.nearest != nullptr) return deny(found.reason, found.nearest->id);
    return deny(consent_.grants.has_permit() ? Reason::kGrantee : Reason::kNoConsent);
  }

  [[nodiscard]] const Requester& requester() const { return access_.requester; }

  [[nodiscard]] const RecordFacts& record() const { return access_.record; }

  [[nodiscard]] const Request& request() const { return access_.request; }

  const PolicyTables& tables_;
  const Access& access_;
  const IndexedConsent& consent_;
};

}  // namespace

PolicyTables tables_of(const ledger::Parameters& parameters) {
  return PolicyTables{terminology(parameters.terminology_version), parameters};
}

Decision decide(const PolicyTables& tables,
                const Requester& requester,
                const RecordFacts& record,
                const IndexedConsent& consent,
                const Request& request) {
  const Access access{requester, record, request};
  return Evaluation(tables, access, consent).run();
}

Decision decide(const PolicyTables& tables,
                const Requester& requester,
                const RecordFacts& record,
                const ConsentContext& consent,
                const Request& request) {
  const ConsentIndex index(consent.grants);
  const IndexedConsent indexed{
      ConsentLayers(index), consent.ever_granted, consent.proxies, consent.emergencies};
  return decide(tables, requester, record, indexed, request);
}

bool is_stale(const PolicyTables& tables, std::string_view purpose, std::uint64_t state_age_ms) {
  return state_age_ms > tables.parameters.stale_ms && purpose != kBreakGlassPurpose;
}

bool may_assert(const PolicyTables& tables, ledger::Role role, std::string_view purpose) {
  const auto& pairs = tables.parameters.role_purposes;
  return std::any_of(pairs.begin(), pairs.end(), [&](const ledger::RolePurpose& pair) {
    return pair.role == role && pair.purpose == purpose;
  });
}

}  // namespace galen::policy
