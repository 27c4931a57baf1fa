//! Which certificates speak for which state of the machine readable zone: the zone has three letters (Doc 9303 part 3 §5), certificates two.

/// Three letters and two, of ISO 3166-1 and then of part 3 §5: organisations, the kinds of British nationality, Kosovo, Utopia of the
/// specimens. Hong Kong and Macao issue with the letters of China and their own certificates.
const STATES: &str = "\
ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT AZEAZ BDIBI BELBE BENBJ \
BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA \
CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DJIDJ \
DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB GEOGE \
GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM HNDHN HRVHR HTIHT \
HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI \
KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG \
MDVMV MEXMX MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC \
NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL PRIPR \
PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV \
SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK \
TKMTM TLSTL TONTO TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG VIRVI \
VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW D<<DE GBDGB GBNGB GBOGB GBPGB GBSGB EUEEU UNOUN UNAUN UNKUN RKSKS RKSXK \
UTOUT CHNHK CHNMO \
";

/// True if an authority of `country` (two letters) may speak for an issuer of the machine readable zone (up to three letters).
pub(super) fn speaks_for(country: &str, issuer: &str) -> bool {
    let wanted = format!("{issuer:<<3}{country}");
    country.len() == 2 && STATES.split_ascii_whitespace().any(|state| state == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_speaks_for_its_own_state_only() {
        for (country, issuer) in
            [("TW", "TWN"), ("DE", "D"), ("UT", "UTO"), ("GB", "GBN"), ("HK", "CHN"), ("CN", "CHN"), ("CH", "CHE")]
        {
            assert!(speaks_for(country, issuer), "{country} {issuer}");
        }
        for (country, issuer) in
            [("CN", "TWN"), ("DE", "DNK"), ("", "TWN"), ("TW", ""), ("W", "TWNT"), ("", "TWNTW"), ("FR", "D")]
        {
            assert!(!speaks_for(country, issuer), "{country} {issuer}");
        }
        assert!(STATES.split_ascii_whitespace().all(|state| state.len() == 5));
    }
}
