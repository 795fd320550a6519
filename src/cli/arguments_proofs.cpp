#include "cli/grammar.h"
#include "cli/verbs.h"

#include <string>

namespace galen::cli {

namespace {

class ProofVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    add();
  }

 private:
  void add() {
    CLI::App* proof = grammar_->group("proof", "proofs that anybody can verify offline");
    CLI::App* get = grammar_->verb(proof,
                                   "get",
                                   "fetches and verifies a proof of presence or absence",
                                   {"galen proof get grant:PID:GRANT --out grant.proof",
                                    "galen proof get organisation:hospital-2 --out h2.proof",
                                    "galen proof get tx:ID --out tx.proof",
                                    "galen proof get proxy:PID:PROXY --as PID --out proxy.proof"},
                                   [this] { return get_proof(grammar_->common(), query_, out_); });
    get->add_option("key", query_.key, client::proof_key_forms())->required()->type_name("KEY");
    get->add_option("--out", out_, "file to write")->required();
    Grammar::as_patient(get, query_.as, query_.key_file);
    CLI::App* verify =
        grammar_->verb(proof,
                       "verify",
                       "verifies a proof with the genesis file alone; needs no node",
                       {"galen proof verify grant.proof --genesis genesis.json"},
                       [this] { return verify_proof(grammar_->common(), subject_, genesis_); });
    verify->add_option("file", subject_, "proof file")->required()->type_name("FILE");
    verify->add_option("--genesis", genesis_, "genesis.json of the consortium")->required();
  }

  Grammar* grammar_ = nullptr;
  client::ProofQuery query_;
  std::string subject_;
  std::string out_;
  std::string genesis_;
};

}  // namespace

void add_proof_verbs(Grammar& grammar) {
  grammar.keep<ProofVerbs>().bind(grammar);
}

}  // namespace galen::cli
