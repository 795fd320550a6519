#include "cli/answer.h"
#include "cli/grammar.h"
#include "cli/term_options.h"
#include "cli/verbs.h"
#include "cli/versions_text.h"

#include <cstdint>
#include <optional>
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
    add_commit_text(consent);
    add_revoke(consent);
    CLI::App* list = grammar_->verb(
        consent,
        "list",
        "grants and denials of a patient, or of all of the profile's",
        {"galen consent list --patient PID", "galen consent list --all --expiring +30d"},
        [this] { return list_grants(grammar_->common(), list_, proofs_); });
    CLI::Option* patient = list->add_option("--patient", list_.patient, "patient id");
    list->add_flag("--all", list_.all, "every patient of the profile, as `patient list` has them")
        ->excludes(patient);
    list->add_option(
        "--as", list_.as, "the patient himself, through any member; else his custodian");
    list->add_option("--key", list_.key_file, "the patient's own signing key");
    list->add_option("--label-key", list_.label_key, "the patient's, to read tags of labels");
    list->add_option("--status", list_.status, "active ended")
        ->check(CLI::IsMember({"active", "ended"}));
    list->add_option("--effect", list_.effect, "permit deny")
        ->check(CLI::IsMember({"permit", "deny"}));
    list->add_option("--to", list_.grantee, "only to this grantee");
    list->add_option("--expiring", list_.expiring, "active ones that end before, e.g. +30d");
    CLI::Option* at =
        list->add_option("--at", list_.at, "as it was right after the block of this height");
    at->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62U));
    list->add_option("--proofs", proofs_, "new file GRANT.proof for each, in this directory")
        ->type_name("DIR")
        ->excludes(at);
    add_history(consent);
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
    check->add_option("--project", check_.project, "project the request is made for");
    check->add_option("--action", check_.action, "DISCOVER READ COPY REDISCLOSE")
        ->capture_default_str();
  }

  void add_revoke(CLI::App* consent) {
    CLI::App* revoke = grammar_->verb(consent,
                                      "revoke",
                                      "ends a grant or denial with the next block",
                                      {"galen consent revoke GRANT --patient PID",
                                       "galen consent revoke GRANT --patient PID --dry-run"},
                                      [this] { return run_revoke(); });
    revoke->add_option("grant", revoke_.grant, "grant id")->required()->type_name("GRANT");
    revoke->add_option("--patient", revoke_.patient, "patient id")->required();
    revoke->add_option("--reason", revoke_.reason, kRevocationReasons)->capture_default_str();
    revoke->add_flag("--paper", revoke_.paper, "by this custodian, what it gave on paper");
    revoke->add_option("--as", revoke_.as, "a proxy, for what he gave himself");
    revoke->add_option("--key", revoke_.key_file, "the patient's or proxy's own signing key");
    CLI::Option* dry = revoke->add_flag(
        "--dry-run", is_rehearsed_, "show what would change for whom; signs nothing");
    Grammar::repeatable(revoke,
                        "--for",
                        rehearsal_.subjects,
                        "of a dry run: practitioner id or organisation, repeatable; default: "
                        "everybody, as far as it changes something")
        ->needs(dry);
    revoke
        ->add_option("--asked-purpose",
                     rehearsal_.purpose,
                     "of a dry run: default each that it bears on, with --for the first")
        ->needs(dry);
  }

  int run_revoke() {
    if (!is_rehearsed_) return revoke_access(grammar_->common(), revoke_);
    rehearsal_.revoke = revoke_.grant;
    rehearsal_.terms.patient = revoke_.patient;
    rehearsal_.terms.paper = revoke_.paper;
    rehearsal_.terms.as = revoke_.as;
    return simulate_consent(grammar_->common(), rehearsal_);
  }

  void add_history(CLI::App* consent) {
    CLI::App* history = grammar_->verb(
        consent,
        "history",
        "what a grant replaced, what replaced it, who ended it; each proven",
        {"galen consent history GRANT --patient PID",
         "galen consent history GRANT --patient PID --as PID --key me.pem"},
        [this] {
          const bool full = grammar_->common().full;
          return answer(
              grammar_->common(),
              [this](client::Client& client) { return client.grant_history(history_); },
              [full](const auto& versions) { return human::text(versions, full); },
              [](const auto& versions) { return json::text(versions); });
        });
    history->add_option("grant", history_.grant, "any of the line")->required()->type_name("GRANT");
    history->add_option("--patient", history_.patient, "patient id")->required();
    Grammar::as_patient(history, history_.as, history_.key_file);
    history->add_option("--label-key", history_.label_key, "the patient's, to read tags of labels");
  }

  void add_commit_text(CLI::App* consent) {
    CLI::App* commit = grammar_->verb(
        consent,
        "commit-text",
        "commits to the text of a consent, or checks that a commitment is to it; needs no node",
        {"galen consent commit-text consent.txt",
         "galen consent commit-text consent.txt --salt SALT --expect COMMITMENT"},
        [this] { return commit_text(grammar_->common(), file_, salt_, expected_); });
    commit->add_option("file", file_, "the text as it was signed")->required()->type_name("FILE");
    CLI::Option* salt = commit->add_option("--salt", salt_, "of a commitment made before");
    commit->add_option("--expect", expected_, "what a grant or receipt names")->needs(salt);
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
    import->add_flag("--dry-run",
                     import_.dry_run,
                     "show what would be signed, and what it would change for whom; signs nothing");
    add_label_options(import, import_.labels_as);
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
      return grant_access(grammar_->common(), permit ? grant_ : deny_);
    });
    add_term_options(added, terms, permit);
    added->add_flag("--paper", terms.paper, "given by this custodian: the patient signed on paper");
    added->add_option("--as", terms.as, "a proxy of the patient who may grant");
    added->add_option("--key", terms.key_file, "the patient's or proxy's own signing key");
  }

  Grammar* grammar_ = nullptr;
  client::ConsentOptions grant_;
  client::ConsentOptions deny_;
  client::ImportOptions import_;
  client::RevokeOptions revoke_;
  bool is_rehearsed_ = false;
  client::SimulateOptions rehearsal_;
  client::CheckOptions check_;
  client::ListGrantsOptions list_;
  client::GrantHistoryOptions history_;
  std::string file_;
  std::string salt_;
  std::optional<std::string> expected_;
  std::optional<std::string> proofs_;
};

}  // namespace

void add_consent_verbs(Grammar& grammar) {
  grammar.keep<ConsentVerbs>().bind(grammar);
}

}  // namespace galen::cli
