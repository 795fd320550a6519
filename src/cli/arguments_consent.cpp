#include "cli/grammar.h"
#include "cli/verbs.h"

#include <cstdint>
#include <limits>
#include <string>

namespace galen::cli {

namespace {

class ConsentVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    add();
  }

 private:
  void add() {
    CLI::App* consent = grammar_->group("consent", "the patient's consent");
    add_terms(consent, "grant", "permits access", true);
    add_terms(consent, "deny", "denies access", false);
    add_import(consent);
    CLI::App* revoke =
        grammar_->verb(consent,
                       "revoke",
                       "ends a grant or denial with the next block",
                       {"galen consent revoke GRANT --patient PID"},
                       [this] { return revoke_access(grammar_->common(), revoke_); });
    revoke->add_option("grant", revoke_.grant, "grant id")->required()->type_name("GRANT");
    revoke->add_option("--patient", revoke_.patient, "patient id")->required();
    revoke->add_option("--key", revoke_.key_file, "the patient's signing key, if he holds it");
    CLI::App* list = grammar_->verb(consent,
                                    "list",
                                    "every grant and denial of a patient",
                                    {"galen consent list --patient PID"},
                                    [this] { return list_grants(grammar_->common(), subject_); });
    list->add_option("--patient", subject_, "patient id")->required();
    CLI::App* check =
        grammar_->verb(consent,
                       "check",
                       "what would be decided now, and by which rule; opens nothing",
                       {"galen consent check --patient PID --record RID --for PRACTITIONER"},
                       [this] { return check_access(grammar_->common(), check_); });
    check->add_option("--patient", check_.patient, "patient id")->required();
    Grammar::repeatable(check, "--record", check_.records, "record id, repeatable")->required();
    check->add_option("--for", check_.subject, "practitioner id, or organisation")->required();
    check->add_option("--purpose", check_.purpose, "purpose of use")->capture_default_str();
    check->add_option("--action", check_.action, "DISCOVER READ COPY REDISCLOSE")
        ->capture_default_str();
  }

  void add_import(CLI::App* consent) {
    CLI::App* import =
        grammar_->verb(consent,
                       "import",
                       "signs what a FHIR R4 Consent says, as grants and denials",
                       {"galen consent import consent.json --patient PID --dry-run",
                        "galen consent import consent.json --patient PID --until +90d"},
                       [this] { return import_consent(grammar_->common(), import_, file_); });
    import->add_option("file", file_, "FHIR Consent, JSON")->required()->type_name("FILE");
    import->add_option("--patient", import_.patient, "patient id")->required();
    import->add_option("--until", import_.until, "end of permits that name none; default +365d");
    import->add_flag("--dry-run", import_.dry_run, "show what would be signed; signs nothing");
    import->add_flag("--ack-shadowed",
                     import_.acknowledge_shadowed,
                     "give permits though an active denial overlaps");
    import->add_option("--key", import_.key_file, "the patient's signing key, if he holds it");
  }

  void add_terms(CLI::App* consent, const char* name, const char* about, bool permit) {
    client::ConsentOptions& terms = permit ? grant_ : deny_;
    terms.permit = permit;
    const std::string example = std::string("galen consent ") + name +
                                " --patient PID --to hospital-2 --purpose TREAT --class LAB";
    CLI::App* added = grammar_->verb(consent, name, about, {example.c_str()}, [this, permit] {
      if (max_uses_ > 0) grant_.max_uses = max_uses_;
      return grant_access(grammar_->common(), permit ? grant_ : deny_);
    });
    added->add_option("--patient", terms.patient, "patient id")->required();
    added->add_option("--to", terms.grantee, "organisation, practitioner id or *")->required();
    Grammar::repeatable(added, "--purpose", terms.purposes, "purpose of use, repeatable");
    Grammar::repeatable(added, "--class", terms.classes, "record class, repeatable; default all");
    Grammar::repeatable(added, "--action", terms.actions, "action, repeatable");
    added->add_option(
        "--confidentiality",
        terms.confidentiality,
        permit ? "highest confidentiality, default N" : "lowest confidentiality, default U");
    Grammar::repeatable(added, "--label", terms.labels, "sensitivity label, repeatable");
    added->add_option("--from", terms.from, "start, e.g. 2026-03-31 or +1d; default now");
    added->add_option("--until", terms.until, "end, e.g. 2026-12-31 or +30d");
    added->add_option("--data-from", terms.data_from, "service date from, YYYY-MM-DD");
    added->add_option("--data-to", terms.data_to, "service date before, YYYY-MM-DD");
    Grammar::repeatable(added, "--instance", terms.instances, "only this record, repeatable");
    Grammar::repeatable(added, "--related", terms.related, "only of this encounter, repeatable");
    Grammar::repeatable(added, "--author", terms.authors, "only by this author, repeatable");
    Grammar::repeatable(
        added, "--supersedes", terms.supersedes, "grant ended by this one, repeatable");
    if (permit) {
      added->add_option("--max-uses", max_uses_, "how many access requests it covers")
          ->check(CLI::Range(1U, std::numeric_limits<std::uint32_t>::max()));
    }
    if (!permit) {
      added->add_flag("--forbid-emergency", terms.forbid_emergency, "also against break-glass");
    }
    added->add_flag(
        "--ack-shadowed", terms.acknowledge_shadowed, "give it though a denial overlaps");
    added->add_option("--key", terms.key_file, "the patient's signing key, if he holds it");
  }

  Grammar* grammar_ = nullptr;
  client::ConsentOptions grant_;
  client::ConsentOptions deny_;
  client::ImportOptions import_;
  client::RevokeOptions revoke_;
  client::CheckOptions check_;
  std::string subject_;
  std::string file_;
  std::uint32_t max_uses_ = 0;
};

}  // namespace

void add_consent_verbs(Grammar& grammar) {
  grammar.keep<ConsentVerbs>().bind(grammar);
}

}  // namespace galen::cli
