#include "cli/grammar.h"
#include "cli/identity_verbs.h"
#include "cli/term_options.h"

#include <string>
#include <utility>

namespace galen::cli {

namespace {

class IdentityVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    add_proxies();
    add_patients();
    add_practitioners();
    add_organisations();
    add_links();
    add_recovery();
  }

 private:
  void add_proxies() {
    CLI::App* proxy = grammar_->group("proxy", "who acts for a patient");
    CLI::App* verb = grammar_->verb(
        proxy,
        "authorize",
        "lets a person act for a patient; this hospital attests it",
        {"galen proxy authorize --patient PID --until +365d --exclude-label SEX",
         "galen proxy authorize --patient PID --kind attorney --purpose PWATRNY --until +30d "
         "--without-patient"},
        [this] { return authorize_proxy(grammar_->common(), proxy_); });
    verb->add_option("--patient", proxy_.patient, "patient id")->required();
    verb->add_option("--kind", proxy_.kind, "guardian, attorney or caretaker")
        ->capture_default_str();
    Grammar::repeatable(verb, "--purpose", proxy_.purposes, "FAMRQT (default) or PWATRNY");
    verb->add_option("--from", proxy_.from, "instant, default now");
    verb->add_option("--until", proxy_.until, "instant, or +365d: when it ends")->required();
    Grammar::repeatable(
        verb, "--exclude-label", proxy_.excluded_labels, "label that stays hidden, repeatable");
    add_label_options(verb, proxy_.labels_as);
    verb->add_flag("--may-grant", proxy_.may_grant, "may grant and deny in the patient's name");
    verb->add_flag(
        "--without-patient", proxy_.without_patient, "the patient cannot sign: the custodian does");
    verb->add_option("--patient-key", proxy_.patient_key_file, "the patient's signing key (PEM)");
    verb->add_option("--key", proxy_.signing_key_file, "the proxy's own signing key (PEM)");
    verb->add_option(
        "--agreement-key", proxy_.agreement_key_file, "the proxy's own key agreement key (PEM)");

    verb = grammar_->verb(proxy,
                          "revoke",
                          "ends a proxy, and what he granted",
                          {"galen proxy revoke PROXY --patient PID"},
                          [this] { return revoke_proxy(grammar_->common(), revoke_); });
    verb->add_option("proxy", revoke_.proxy, "proxy id")->required();
    verb->add_option("--patient", revoke_.patient, "patient id")->required();
    verb->add_option("--reason", revoke_.reason, kRevocationReasons)->capture_default_str();
    verb->add_flag("--by-patient", revoke_.by_patient, "sign as the patient");
    verb->add_flag("--in-advance",
                   revoke_.in_advance,
                   "signed by the patient: also a proxy that is yet to come, who then never acts");
    verb->add_option("--key", revoke_.key_file, "the patient's signing key (PEM)");

    verb = grammar_->verb(proxy,
                          "list",
                          "proxies of a patient, ended ones too",
                          {"galen proxy list --patient PID",
                           "galen proxy list --patient PID --as PID --key patient.pem"},
                          [this] { return list_proxies(grammar_->common(), query_); });
    verb->add_option("--patient", query_.person, "patient id")->required();
    Grammar::as_patient(verb, query_.as, query_.key_file);
  }

  void add_rotation(CLI::App* group, const char* example) {
    CLI::App* verb = grammar_->verb(
        group, "rotate-key", "a new key in the place of the present one", {example}, [this] {
          return rotate_person(grammar_->common(), person_);
        });
    verb->add_option("account", person_.account, "id")->required();
    verb->add_option("--use", person_.use, "signing or agreement")->capture_default_str();
    verb->add_option("--key", person_.key_file, "present signing key of its own holder (PEM)");
    verb->add_option("--out", person_.out, "with --key: file to create for the new key");
  }

  void add_patients() {
    CLI::App* patient = grammar_->top().get_subcommand("patient");
    add_rotation(patient, "galen patient rotate-key PID");
    CLI::App* verb = grammar_->verb(
        patient,
        "show",
        "custodian, who holds his keys, who acts for him, links, and who may recover his account",
        {"galen patient show PID", "galen patient show PID --as PID --key patient.pem"},
        [this] { return show_patient(grammar_->common(), query_); });
    verb->add_option("patient", query_.person, "patient id")->required();
    Grammar::as_patient(verb, query_.as, query_.key_file);
  }

  void add_practitioners() {
    CLI::App* group = grammar_->top().get_subcommand("practitioner");
    add_rotation(group, "galen practitioner rotate-key ID");
    CLI::App* verb = grammar_->verb(group,
                                    "suspend",
                                    "a practitioner of this hospital may do nothing from now on",
                                    {"galen practitioner suspend ID --reason left"},
                                    [this] {
                                      standing_.status = revoke_for_ever_ ? "revoked" : "suspended";
                                      return set_practitioner(grammar_->common(), standing_);
                                    });
    verb->add_option("practitioner", standing_.account, "practitioner id")->required();
    verb->add_option(
            "--reason", standing_.reason, "key-compromised, left, misconduct or investigation")
        ->required();
    verb->add_flag("--for-ever", revoke_for_ever_, "never to be reinstated");
    verb = grammar_->verb(
        group, "reinstate", "ends a suspension", {"galen practitioner reinstate ID"}, [this] {
          standing_.status = "active";
          standing_.reason = "resolved";
          return set_practitioner(grammar_->common(), standing_);
        });
    verb->add_option("practitioner", standing_.account, "practitioner id")->required();
  }

  void add_organisations() {
    CLI::App* group = grammar_->group("organisation", "organisations of the consortium");
    CLI::App* verb =
        grammar_->verb(group,
                       "rotate-key",
                       "a new signing, TLS or agreement key of this organisation",
                       {"galen organisation rotate-key --use signing --out new.pem",
                        "galen organisation rotate-key --use tls --key gateway-2.key",
                        "galen organisation rotate-key --use agreement --key agreement-2.pem"},
                       [this] { return rotate_organisation(grammar_->common(), organisation_); });
    verb->add_option("--use", organisation_.use, "signing, tls or agreement")->required();
    verb->add_option("--key", organisation_.key_file, "the new private key (PEM)");
    verb->add_option("--out", organisation_.out, "file to create for the new private key");
    verb = grammar_->verb(group,
                          "suspend",
                          "this organisation's vote to suspend another; or suspends itself",
                          {"galen organisation suspend hospital-3 --reason key-compromised"},
                          [this] {
                            standing_.status = revoke_for_ever_ ? "revoked" : "suspended";
                            return set_organisation(grammar_->common(), standing_);
                          });
    verb->add_option("organisation", standing_.account, "name")->required();
    verb->add_option(
            "--reason", standing_.reason, "key-compromised, left, misconduct or investigation")
        ->required();
    verb->add_flag("--for-ever", revoke_for_ever_, "never to be reinstated");
    verb->add_option("--until", standing_.until, "end of the ballot: the same for all its votes");
    verb = grammar_->verb(group,
                          "reinstate",
                          "this organisation's vote to end a suspension",
                          {"galen organisation reinstate hospital-3"},
                          [this] {
                            standing_.status = "active";
                            standing_.reason = "resolved";
                            return set_organisation(grammar_->common(), standing_);
                          });
    verb->add_option("organisation", standing_.account, "name")->required();
    verb->add_option("--until", standing_.until, "end of the ballot: the same for all its votes");
  }

  void add_links() {
    CLI::App* patient = grammar_->top().get_subcommand("patient");
    CLI::App* verb = grammar_->verb(
        patient,
        "link",
        "two patients of two custodians are one person; both agree",
        {"galen patient link PID --with OTHER --out agreement.hex     # the one custodian",
         "galen patient link PID --with OTHER --approval agreement.hex    # the other"},
        [this] { return link_patients(grammar_->common(), link_, out_); });
    verb->add_option("patient", link_.patient, "patient id")->required();
    verb->add_option("--with", link_.other, "the other patient's id")->required();
    verb->add_option("--approval", link_.approval_file, "the other custodian's agreement");
    verb->add_option("--out", out_, "write this custodian's agreement here, and link nothing");
    verb = grammar_->verb(patient,
                          "unlink",
                          "takes a link back",
                          {"galen patient unlink PID --with OTHER --reason wrong-person",
                           "galen patient unlink PID --with OTHER --by-patient --key patient.pem"},
                          [this] { return unlink_patients(grammar_->common(), link_); });
    verb->add_option("patient", link_.patient, "patient id")->required();
    verb->add_option("--with", link_.other, "the other patient's id")->required();
    verb->add_option("--reason", link_.reason, "wrong-person, patient-request or organisational")
        ->capture_default_str();
    verb->add_flag("--by-patient", link_.by_patient, "sign as the first patient");
    verb->add_option("--key", link_.key_file, "the first patient's signing key (PEM)");
  }

  void add_recovery() {
    CLI::App* group = grammar_->group("recovery", "new keys for who lost his");
    CLI::App* verb = grammar_->verb(
        group,
        "set",
        "names the guardians of an account; none ends recovery",
        {"galen recovery set ID --guardian a.pem --guardian-organisation hospital-2 --threshold 2"},
        [this] { return set_recovery(grammar_->common(), set_); });
    verb->add_option("account", set_.account, "patient or practitioner id")->required();
    Grammar::repeatable(
        verb, "--guardian", set_.guardian_key_files, "a guardian's signing key (PEM), repeatable");
    Grammar::repeatable(verb,
                        "--guardian-organisation",
                        set_.guardian_organisations,
                        "an organisation's name, repeatable");
    verb->add_option("--threshold", set_.threshold, "how many must agree")->capture_default_str();
    verb->add_option("--cooling-off", set_.cooling_off_hours, "hours")->capture_default_str();
    verb->add_option("--key", set_.key_file, "the account's own signing key (PEM)");
    verb = grammar_->verb(group,
                          "request",
                          "asks for new keys; the guardians are present",
                          {"galen recovery request ID --guardian a.pem --guardian b.pem"},
                          [this] { return request_recovery(grammar_->common(), request_); });
    verb->add_option("account", request_.account, "patient or practitioner id")->required();
    Grammar::repeatable(
        verb, "--guardian", request_.guardian_key_files, "a guardian's signing key, repeatable");
    verb->add_flag(
        "--as-organisation", request_.as_organisation, "this organisation is a guardian");
    verb->add_option("--key", request_.signing_key_file, "the person's new signing key (PEM)");
    verb->add_option(
        "--agreement-key", request_.agreement_key_file, "the person's new key agreement key (PEM)");
    add_recovery_end(group, "veto", "ends a request before it is completed", [this] {
      return veto_recovery(grammar_->common(), recovery_);
    })->add_option("--key", recovery_.key_file, "the account's own signing key (PEM)");
    add_recovery_end(group, "complete", "puts the new keys in force after the cooling-off", [this] {
      return complete_recovery(grammar_->common(), recovery_);
    });
    verb = grammar_->verb(
        group, "status", "guardians, and the last request", {"galen recovery status ID"}, [this] {
          return show_recovery(grammar_->common(), query_);
        });
    verb->add_option("account", query_.person, "patient or practitioner id")->required();
    Grammar::as_patient(verb, query_.as, query_.key_file);
  }

  CLI::App* add_recovery_end(CLI::App* group,
                             const char* name,
                             const char* about,
                             Grammar::Run run) {
    CLI::App* verb = grammar_->verb(
        group, name, about, {std::string("galen recovery ") + name + " ID"}, std::move(run));
    verb->add_option("account", recovery_.account, "patient or practitioner id")->required();
    verb->add_option("--recovery", recovery_.recovery, "its id; default: the last one");
    return verb;
  }

  Grammar* grammar_ = nullptr;
  client::ProxyOptions proxy_;
  client::RevokeProxyOptions revoke_;
  client::RotatePersonOptions person_;
  client::RotateOrganisationOptions organisation_;
  client::StandingOptions standing_;
  client::LinkOptions link_;
  client::SetRecoveryOptions set_;
  client::RequestRecoveryOptions request_;
  client::RecoveryOptions recovery_;
  std::string out_;
  client::PersonQuery query_;
  bool revoke_for_ever_ = false;
};

}  // namespace

void add_identity_verbs(Grammar& grammar) {
  grammar.keep<IdentityVerbs>().bind(grammar);
}

}  // namespace galen::cli
