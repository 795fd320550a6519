#include "cli/grammar.h"
#include "cli/verbs.h"

#include <string>

namespace galen::cli {

namespace {

class EvidenceVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    add();
  }

 private:
  void add() {
    CLI::App* evidence =
        grammar_->group("evidence", "validators that signed two votes in one slot");
    CLI::App* list = grammar_->verb(
        evidence,
        "list",
        "what the node keeps, every piece verified",
        {"galen evidence list", "galen evidence list --member hospital-2 --output json"},
        [this] { return list_evidence(grammar_->common(), subject_); });
    list->add_option("--member", subject_, "organisation or validator index; default: all");
    CLI::App* exported =
        grammar_->verb(evidence,
                       "export",
                       "writes one piece to a file that anybody can verify",
                       {"galen evidence export ID --out h2.evidence"},
                       [this] { return export_evidence(grammar_->common(), subject_, out_); });
    exported->add_option("id", subject_, "evidence id")->required()->type_name("ID");
    exported->add_option("--out", out_, "file to write")->required();
    CLI::App* verify = grammar_->verb(
        evidence,
        "verify",
        "verifies evidence, or a fail-stop bundle, with the genesis file alone; needs no node",
        {"galen evidence verify h2.evidence --genesis genesis.json"},
        [this] { return verify_evidence(grammar_->common(), subject_, genesis_); });
    verify->add_option("file", subject_, "evidence file")->required()->type_name("FILE");
    verify->add_option("--genesis", genesis_, "genesis.json of the consortium")->required();
  }

  Grammar* grammar_ = nullptr;
  std::string subject_;
  std::string out_;
  std::string genesis_;
};

}  // namespace

void add_evidence_verbs(Grammar& grammar) {
  grammar.keep<EvidenceVerbs>().bind(grammar);
}

}  // namespace galen::cli
