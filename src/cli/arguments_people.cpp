#include "cli/grammar.h"
#include "cli/verbs.h"

#include <string>

namespace galen::cli {

namespace {

class PeopleVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    add();
  }

 private:
  void add() {
    CLI::App* patient = grammar_->group("patient", "patients of this hospital");
    CLI::App* added = grammar_->verb(
        patient,
        "register",
        "registers a patient under a new random id",
        {"galen --profile hospital-1/client.toml patient register",
         "galen patient register --held-by-patient --key s.pem --agreement-key a.pem"},
        [this] { return register_patient(grammar_->common(), patient_); });
    added->add_flag(
        "--held-by-patient", patient_.held_by_patient, "the keys stay with the patient");
    added->add_option("--key", patient_.signing_key_file, "signing key to register (PEM)");
    added->add_option("--agreement-key", patient_.agreement_key_file, "key agreement key (PEM)");
    grammar_->verb(patient,
                   "list",
                   "ids of the patients whose keys this profile holds",
                   {"galen patient list"},
                   [this] { return list_people(grammar_->common(), "patient"); });

    CLI::App* practitioner = grammar_->group("practitioner", "persons who act for this hospital");
    added =
        grammar_->verb(practitioner,
                       "register",
                       "registers a practitioner with new keys",
                       {"galen practitioner register --role clinician"},
                       [this] { return register_practitioner(grammar_->common(), practitioner_); });
    added
        ->add_option("--role",
                     practitioner_.role,
                     "clinician, billing, payer, researcher, public-health, auditor, device or "
                     "privacy-officer")
        ->capture_default_str();
    added->add_flag(
        "--emergency", practitioner_.emergency_privilege, "may declare an emergency access");
    grammar_->verb(practitioner,
                   "list",
                   "ids of the practitioners of this profile",
                   {"galen practitioner list"},
                   [this] { return list_people(grammar_->common(), "practitioner"); });
  }

  Grammar* grammar_ = nullptr;
  client::PatientOptions patient_;
  client::PractitionerOptions practitioner_;
};

}  // namespace

void add_people_verbs(Grammar& grammar) {
  grammar.keep<PeopleVerbs>().bind(grammar);
}

}  // namespace galen::cli
