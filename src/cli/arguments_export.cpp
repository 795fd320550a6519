#include "cli/grammar.h"
#include "cli/patient_export.h"

#include <string>

namespace galen::cli {

namespace {

class ExportVerbs {
 public:
  void bind(Grammar& grammar) {
    CLI::App* verb = grammar.verb(
        grammar.top().get_subcommand("patient"),
        "export",
        "everything the ledger has of a patient, as one FHIR R4 Bundle: for his custodian",
        {"galen patient export PID --out patient.json",
         "galen patient export PID --as PID --key patient.pem --out patient.json"},
        [this, &grammar] { return export_patient(grammar.common(), options_, out_); });
    verb->add_option("patient", options_.patient, "patient id")->required();
    verb->add_option("--out", out_, "file to create, mode 0600; one that is there is not replaced")
        ->required();
    verb->add_option("--as",
                     options_.as,
                     "the patient's own id: without the records that are withheld from him");
    verb->add_option("--key", options_.key_file, "with --as: the patient's signing key (PEM)");
  }

 private:
  client::ExportOptions options_;
  std::string out_;
};

}  // namespace

void add_export_verbs(Grammar& grammar) {
  grammar.keep<ExportVerbs>().bind(grammar);
}

}  // namespace galen::cli
