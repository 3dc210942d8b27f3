import { createContext, useContext } from "react";

interface NavigationState {
  /** The navigation is a drawer, which a page's header must open. */
  narrow: boolean;
  open: () => void;
}

export const NavigationContext = createContext<NavigationState>({ narrow: false, open: () => undefined });

export function useNavigation(): NavigationState {
  return useContext(NavigationContext);
}
