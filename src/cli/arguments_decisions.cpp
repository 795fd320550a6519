#include "cli/answer.h"
#include "cli/decisions_text.h"
#include "cli/files.h"
#include "cli/grammar.h"
#include "cli/human_text.h"
#include "cli/json_text.h"
#include "cli/term_options.h"
#include "cli/verbs.h"

#include <string>
#include <utility>

namespace galen::cli {

namespace {

class DecisionVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    CLI::App* consent = grammar.top().get_subcommand("consent");
    add_simulate(consent);
    add_receipt(consent);
    add_receipt_verify(consent);
    add_explain(consent);
  }

 private:
  void add_simulate(CLI::App* consent) {
    CLI::App* verb = grammar_->verb(
        consent,
        "simulate",
        "what a grant, or with --deny a denial, would change, before it is signed",
        {"galen consent simulate --patient PID --to hospital-2 --purpose TREAT",
         "galen consent simulate --patient PID --to hospital-2 --purpose TREAT --for PRACTITIONER"},
        [this] {
          simulate_.terms.permit = !deny_;
          return simulate_consent(grammar_->common(), simulate_);
        });
    add_term_options(verb, simulate_.terms, true);
    verb->add_flag("--deny", deny_, "of a denial instead of a grant");
    verb->add_flag("--paper", simulate_.terms.paper, "given by this custodian, on paper");
    verb->add_option("--as", simulate_.terms.as, "given by a proxy of the patient");
    Grammar::repeatable(
        verb,
        "--for",
        simulate_.subjects,
        "practitioner id or organisation, repeatable; default: everybody (every role at every "
        "member, and the practitioners that this or a standing grant names), as far as it "
        "changes something");
    Grammar::repeatable(
        verb, "--record", simulate_.records, "record id, repeatable; default all of the patient");
    verb->add_option("--asked-purpose",
                     simulate_.purpose,
                     "default: with --for the first of --purpose, else each that it bears on");
    verb->add_option("--asked-action", simulate_.action, "DISCOVER READ COPY REDISCLOSE")
        ->capture_default_str();
    verb->add_option("--project", simulate_.project, "project the request would be made for");
  }

  void add_receipt(CLI::App* consent) {
    CLI::App* verb = grammar_->verb(
        consent,
        "receipt",
        "the patient's receipt of a grant or denial, with FILE.proof and FILE.seal beside it",
        {"galen consent receipt GRANT --patient PID --out receipt.txt",
         "galen consent receipt GRANT --patient PID --as PID --key me.pem --out receipt.txt"},
        [this] { return write_receipt(); });
    verb->add_option("grant", receipt_.grant, "grant id")->required()->type_name("GRANT");
    verb->add_option("--patient", receipt_.patient, "patient id")->required();
    Grammar::as_patient(verb, receipt_.as, receipt_.key_file);
    verb->add_option("--out", out_, "file to write")->required();
    verb->add_option("--format", format_, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
  }

  void add_receipt_verify(CLI::App* consent) {
    CLI::App* verb = grammar_->verb(
        consent,
        "receipt-verify",
        "whether a receipt is as it was handed out, with FILE.proof and FILE.seal; needs no node",
        {"galen consent receipt-verify receipt.txt --genesis genesis.json"},
        [this] { return verify_receipt(); });
    verb->add_option("file", out_, "the receipt")->required()->type_name("FILE");
    verb->add_option("--genesis", genesis_, "the consortium's genesis file")->required();
  }

  void add_explain(CLI::App* consent) {
    CLI::App* verb = grammar_->verb(
        consent,
        "explain",
        "why a past access was permitted or refused; is a reading of the patient's log",
        {"galen consent explain --transaction TX --operation 0",
         "galen consent explain --transaction TX --patient PID --as PID",
         "galen consent explain --at 1205 --patient PID"},
        [this] { return explain(); });
    CLI::Option* transaction = verb->add_option("--transaction", explain_.tx_id, "transaction id");
    verb->add_option("--operation", explain_.operation, "place in the transaction")
        ->capture_default_str()
        ->needs(transaction);
    CLI::Option* patient = verb->add_option(
        "--patient", explain_.patient, "whose log; needed unless the transaction shows it to you");
    verb->add_option("--at", at_, "height: every access that this block put into the log")
        ->type_name("HEIGHT")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62U))
        ->excludes(transaction)
        ->needs(patient);
    verb->add_option(
            "--as", explain_.reader.person, "person who reads; default: the organisation itself")
        ->type_name("ID");
    verb->add_option("--purpose",
                     explain_.reader.purpose,
                     "purpose of use; default HOPERAT, of the patient PATRQT, of a proxy FAMRQT");
    verb->add_option("--key", explain_.reader.key_file, "signing key of that person (PEM)");
    verb->add_option(
        "--out",
        explained_,
        "directory for its proofs: access.statement, and GRANT.proof of each grant that "
        "decided");
  }

  /// What anybody verifies offline; nullopt when it is written, or nobody asked for it.
  [[nodiscard]] std::optional<client::Failure> keep_proofs(
      const std::vector<client::ExplainView>& views) const {
    if (explained_.empty() || views.empty()) return std::nullopt;
    if (auto failure = make_private_directory(explained_)) return failure;
    const auto write = [this](const std::string& name, const std::vector<std::uint8_t>& bytes) {
      return write_private_file(explained_ + "/" + name, std::string(bytes.begin(), bytes.end()));
    };
    if (auto failure = write("access.statement", views.front().statement)) return failure;
    for (const auto& view : views) {
      for (const auto& decision : view.decisions) {
        if (decision.grant_proof.empty()) continue;
        const std::string name = decision.recorded.grant + ".proof";
        if (auto failure = write(name, decision.grant_proof)) return failure;
      }
    }
    return std::nullopt;
  }

  int explain() {
    const CommonOptions& common = grammar_->common();
    if (at_) {
      const client::ExplainBlockOptions options{*at_, explain_.patient, explain_.reader};
      auto opened = open_client(common);
      if (!opened) return report(opened.failure());
      const auto views = opened->explain_block(options);
      if (!views) return report(views.failure());
      if (const auto failure = keep_proofs(*views)) return report(*failure);
      return print(common.json ? json::text(*views) + "\n" : human::text(*views));
    }
    if (explain_.tx_id.empty()) {
      return report({client::FailureKind::kUsage,
                     "--transaction TX or --at HEIGHT is needed",
                     "consent explain",
                     "--at goes with --patient; see --help"});
    }
    auto opened = open_client(common);
    if (!opened) return report(opened.failure());
    const auto view = opened->explain(explain_);
    if (!view) return report(view.failure());
    if (const auto failure = keep_proofs({*view})) return report(*failure);
    return print(common.json ? json::text(*view) + "\n" : human::text(*view));
  }

  int write_receipt() {
    const CommonOptions& common = grammar_->common();
    auto opened = open_client(common);
    if (!opened) return report(opened.failure());
    const auto receipt = opened->receipt(receipt_);
    if (!receipt) return report(receipt.failure());
    const std::string text =
        format_ == "json" ? json::text(*receipt) + "\n" : human::text(*receipt);
    const auto seal = opened->seal_receipt({text.begin(), text.end()}, receipt->proof);
    if (!seal) return report(seal.failure());
    const std::string proof(receipt->proof.begin(), receipt->proof.end());
    const std::string sealed(seal->begin(), seal->end());
    for (const auto& [path, content] : {std::pair(out_, &text),
                                        std::pair(out_ + ".proof", &proof),
                                        std::pair(out_ + ".seal", &sealed)}) {
      if (const auto failure = write_private_file(path, *content)) return report(*failure);
    }
    return print(common.json ? json::text(*receipt) + "\n" : human::text(*receipt));
  }

  int verify_receipt() {
    client::SealedReceipt sealed;
    for (const auto& [ending, bytes] :
         {std::pair(".proof", &sealed.proof), std::pair(".seal", &sealed.seal)}) {
      const auto read = read_file(out_ + ending);
      if (!read) return report(read.failure());
      bytes->assign(read->begin(), read->end());
    }
    const auto verified =
        verified_file(out_, genesis_, [&](const auto& receipt, const std::string& genesis) {
          sealed.receipt = receipt;
          return client::verify_receipt(sealed, genesis);
        });
    if (!verified) return report(verified.failure());
    return print(grammar_->common().json ? json::text(*verified) + "\n" : human::text(*verified));
  }

  Grammar* grammar_ = nullptr;
  client::SimulateOptions simulate_;
  bool deny_ = false;
  client::ReceiptQuery receipt_;
  std::string out_;
  std::string genesis_;
  std::string format_ = "text";
  client::ExplainOptions explain_;
  std::string explained_;
  std::optional<std::uint64_t> at_;
};

}  // namespace

void add_decision_verbs(Grammar& grammar) {
  grammar.keep<DecisionVerbs>().bind(grammar);
}

}  // namespace galen::cli
