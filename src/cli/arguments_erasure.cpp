#include "cli/answer.h"
#include "cli/grammar.h"
#include "cli/verbs_erasure.h"

#include <string>

namespace galen::cli {

namespace {

class ErasureVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    CLI::App* erasure = grammar.group("erasure", "forgetting a patient or a record, and its proof");
    add_acts(erasure);
    add_answers(erasure);
    add_holds(grammar.group("hold", "legal holds that stop erasures"));
  }

 private:
  void add_acts(CLI::App* erasure) {
    CLI::App* request = grammar_->verb(
        erasure,
        "request",
        "asks for an erasure, signed by the patient or by two organisations, or where his hospital "
        "holds his keys by both; forgets nothing yet",
        {"galen erasure request --patient PID --key me.pem",
         "galen erasure request --patient PID --record RID --key me.pem",
         "galen erasure request --patient PID --for hospital-1 --out agreement.hex",
         "galen erasure request --patient PID --basis unlawful --for hospital-1 --out "
         "agreement.hex",
         "galen erasure request --patient PID --approval agreement.hex    # the custodian"},
        [this] { return request_erasure(grammar_->common(), request_, out_); });
    request->add_option("--patient", request_.patient, "patient id")->required();
    CLI::Option* out = request->add_option(
        "--out", out_, "write this organisation's agreement here, and ask for nothing");
    CLI::Option* custodian =
        request->add_option("--for", request_.custodian, "with --out: the custodian, who will ask");
    out->needs(custodian);
    custodian->needs(out);
    request->add_option("--approval", request_.approval_file, "the second organisation's agreement")
        ->excludes(out);
    CLI::Option* record = request->add_option("--record", request_.record, "only this record");
    request->add_flag("--audit", request_.audit, "the sealed audit compartment")->excludes(record);
    request
        ->add_option("--basis",
                     request_.basis,
                     "patient-request retention-ended unlawful legal-obligation wrong-patient")
        ->capture_default_str();
    request->add_option("--key", request_.key_file, "the patient's signing key, if he holds it");
    add_withdrawal(erasure);
    CLI::App* order = grammar_->verb(
        erasure,
        "order",
        "carries out a request: there is no way back",
        {"galen erasure order REQUEST --patient PID --closing-statement pid.statement",
         "galen erasure order REQUEST --patient PID --record RID"},
        [this] { return carry_out(); });
    order->add_option("request", order_.request, "id that request printed")
        ->required()
        ->type_name("ID");
    order->add_option("--patient", order_.patient, "patient id, as in the request")->required();
    order->add_option("--record", order_.record, "record id, as in the request");
    order
        ->add_option(
            "--audit-until", order_.audit_until, "end of the audit compartment's retention")
        ->capture_default_str();
    CLI::Option* closing = order->add_option(
        "--closing-statement", closing_, "file for the patient's last access statement, mode 0600");
    order->add_flag("--without-closing-statement", without_closing_, "keep no such statement")
        ->excludes(closing);
    CLI::App* attest = grammar_->verb(
        erasure,
        "attest",
        "puts on the chain what the own node reports to have done",
        {"galen erasure attest ORDER", "galen erasure attest --retained keyring-backup:+30d"},
        [this] { return attest_erasure(grammar_->common(), attest_); });
    attest->add_option("order", attest_.order, "transaction of the order; default: all")
        ->type_name("TX");
    Grammar::repeatable(attest,
                        "--retained",
                        attest_.retained,
                        "what this hospital keeps all the same, ITEM or ITEM:UNTIL, repeatable");
  }

  void add_withdrawal(CLI::App* erasure) {
    CLI::App* verb =
        grammar_->verb(erasure,
                       "withdraw",
                       "takes a request back before it is ordered, by whoever made it",
                       {"galen erasure withdraw REQUEST --patient PID"},
                       [this] { return withdraw_erasure(grammar_->common(), withdraw_); });
    verb->add_option("request", withdraw_.request, "id that request printed")
        ->required()
        ->type_name("ID");
    verb->add_option("--patient", withdraw_.patient, "patient id, as in the request")->required();
    verb->add_option("--key", withdraw_.key_file, "the patient's signing key, if he holds it");
  }

  /// What goes with a whole patient cannot be asked for afterwards.
  int carry_out() {
    if (order_.record.empty() && closing_.empty() && !without_closing_) {
      return report({client::FailureKind::kUsage,
                     "--closing-statement FILE is needed",
                     "erasure order",
                     "or say --without-closing-statement; see --help"});
    }
    return order_erasure(grammar_->common(), order_, closing_);
  }

  void add_answers(CLI::App* erasure) {
    CLI::App* status =
        grammar_->verb(erasure,
                       "status",
                       "how far the own node is, and what all nodes attested",
                       {"galen erasure status",
                        "galen erasure status ORDER --output json",
                        "galen erasure status --due"},
                       [this] { return erasure_status(grammar_->common(), subject_, due_); });
    CLI::Option* order =
        status->add_option("order", subject_, "transaction of the order; default: all");
    order->type_name("TX");
    status
        ->add_flag("--due",
                   due_,
                   "only patients whose audit log's retention is over, and that has no order yet")
        ->excludes(order);
    CLI::App* certificate =
        grammar_->verb(erasure,
                       "certificate",
                       "writes the proofs of an erasure and its attestations to a file",
                       {"galen erasure certificate ORDER --out erased.certificate"},
                       [this] { return erasure_certificate(grammar_->common(), subject_, out_); });
    certificate->add_option("order", subject_, "transaction of the order")
        ->required()
        ->type_name("TX");
    certificate->add_option("--out", out_, "file to write")->required();
    CLI::App* verify =
        grammar_->verb(erasure,
                       "verify",
                       "verifies a certificate with the genesis file alone; needs no node",
                       {"galen erasure verify erased.certificate --genesis genesis.json"},
                       [this] { return verify_erasure(grammar_->common(), subject_, genesis_); });
    verify->add_option("file", subject_, "certificate file")->required()->type_name("FILE");
    verify->add_option("--genesis", genesis_, "genesis.json of the consortium")->required();
  }

  void add_holds(CLI::App* holds) {
    CLI::App* place =
        grammar_->verb(holds,
                       "place",
                       "stops erasures until a day, as the custodian",
                       {"galen hold place --patient PID --basis litigation --until +365d"},
                       [this] { return place_hold(grammar_->common(), hold_); });
    place->add_option("--patient", hold_.patient, "patient id")->required();
    Grammar::repeatable(place, "--record", hold_.records, "only of this record, repeatable");
    place->add_flag("--audit", hold_.audit, "only of the audit compartment");
    place->add_option("--basis", hold_.basis, "court-order litigation investigation regulation")
        ->capture_default_str();
    place
        ->add_option("--document-commitment",
                     hold_.document_commitment,
                     "to the order, as consent commit-text prints it")
        ->type_name("C");
    place->add_option("--until", hold_.until, "its end, e.g. 2026-12-31 or +365d")->required();
    CLI::App* list = grammar_->verb(holds,
                                    "list",
                                    "holds on a patient, proven",
                                    {"galen hold list --patient PID",
                                     "galen hold list --patient PID --as PID --key patient.pem"},
                                    [this] { return list_holds(grammar_->common(), query_); });
    list->add_option("--patient", query_.person, "patient id")->required();
    Grammar::as_patient(list, query_.as, query_.key_file);
    CLI::App* lift =
        grammar_->verb(holds,
                       "lift",
                       "ends a hold early, by whoever placed it",
                       {"galen hold lift HOLD --patient PID"},
                       [this] { return lift_hold(grammar_->common(), hold_.patient, subject_); });
    lift->add_option("hold", subject_, "id that place printed")->required()->type_name("ID");
    lift->add_option("--patient", hold_.patient, "patient id")->required();
  }

  Grammar* grammar_ = nullptr;
  client::ErasureRequestOptions request_;
  client::ErasureOrderOptions order_;
  client::AttestOptions attest_;
  client::WithdrawErasureOptions withdraw_;
  client::HoldOptions hold_;
  client::PersonQuery query_;
  std::string subject_;
  std::string out_;
  std::string genesis_;
  std::string closing_;
  bool without_closing_ = false;
  bool due_ = false;
};

}  // namespace

void add_erasure_verbs(Grammar& grammar) {
  grammar.keep<ErasureVerbs>().bind(grammar);
}

}  // namespace galen::cli
